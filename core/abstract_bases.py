"""Abstract bases: a set of names that one ``__new__`` reads, and it is object's.

``ABCMeta`` has two jobs that never meet.  It notes which methods are abstract, and
``object.__new__`` makes no instance while there are any; ``Exception.__new__`` and
``dict.__new__`` do.  And it answers ``isinstance``: from hooks, from registrations,
from a cache, but never from that set.

Topics: 04, 05
Read:  core/04_metaprogramming.md, section "Abstract bases"
Run:   python -m core.abstract_bases
Try:   delete ``ApiError.__new__``: the two errors are equally leaky then, and nobody
       stops ``Outage`` before the update.
But:   a ``case [*_]`` knows a sequence by a flag in C that ``ABCMeta`` sets and the
       one below cannot; and an ``__init_subclass__`` that asks ``issubclass`` about
       its new class is answered by CPython from the cache of the base.
Source: PEP 3119; the Python documentation, "abc" and "collections.abc".
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

__all__ = ["ABCMeta", "ApiError", "LeakyError", "Retryable", "abstractmethod"]


# -- The first job: a set of names --------------------------------------------


def abstractmethod[F: Callable[..., Any]](function: F) -> F:
    function.__isabstractmethod__ = True  # type: ignore[attr-defined]
    return function


def abstract_names(cls: type) -> frozenset[str]:
    """What is abstract in ``cls``: names of its own, and those its bases left."""
    sets = (getattr(base, "__abstractmethods__", ()) for base in cls.__bases__)
    values = {name: getattr(cls, name, None) for names in sets for name in names}
    values |= vars(cls)
    # A property or classmethod passes on the mark of the function that it holds.
    marks = {n: getattr(v, "__isabstractmethod__", False) for n, v in values.items()}
    return frozenset(name for name, mark in marks.items() if mark)


def update_abstractmethods[C: type](cls: C) -> C:
    """Look again, after an abstract class was changed; its subclasses do not."""
    if "__abstractmethods__" in vars(cls):
        cls.__abstractmethods__ = abstract_names(cls)  # type: ignore[attr-defined]
    return cls


# -- The second job: isinstance and issubclass --------------------------------


class Answers:
    """What one abstract class was told, and what it has answered."""

    def __init__(self) -> None:
        self.registered: WeakSet[type] = WeakSet()
        self.yes: WeakSet[type] = WeakSet()
        # Each no with the registrations up to then: one more anywhere voids it.
        self.no: WeakKeyDictionary[type, int] = WeakKeyDictionary()


class ABCMeta(type):
    # Of all abstract classes together; questions are those that no cache answered.
    registrations = questions = 0
    __abstractmethods__: frozenset[str]
    _answers: Answers

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: Any, /, **keywords: Any
    ) -> Any:
        # Before type.__new__, where an __init_subclass__ may ask already.
        namespace = {**namespace, "_answers": Answers()}
        cls: Any = super().__new__(mcls, name, bases, namespace, **keywords)
        cls.__abstractmethods__ = abstract_names(cls)
        return cls

    def register[C: type](cls, subclass: C) -> C:
        """Let ``subclass`` pass for a subclass; usable as a decorator."""
        if not isinstance(subclass, type):
            raise TypeError(f"Can only register classes, got {subclass!r}")
        answers = cls._answers
        if issubclass(subclass, cls):
            return subclass
        if issubclass(cls, subclass):
            names = f"{subclass.__name__} with {cls.__name__}, a subclass of it"
            raise RuntimeError(f"Cannot register {names}")
        answers.registered.add(subclass)
        ABCMeta.registrations += 1
        return subclass

    def __instancecheck__(cls, instance: Any) -> bool:
        # __class__ may claim what type() denies, as in a mock, and is believed.
        claimed = getattr(instance, "__class__", type(instance))
        return any(issubclass(c, cls) for c in dict.fromkeys((claimed, type(instance))))

    def __subclasscheck__(cls, subclass: Any) -> bool:
        if not isinstance(subclass, type):
            raise TypeError(f"issubclass() must be given a class, got {subclass!r}")
        answers = cls._answers
        if subclass in answers.yes:
            return True
        if answers.no.get(subclass) == ABCMeta.registrations:
            return False
        if cls._is_above(subclass):
            answers.yes.add(subclass)
            return True
        answers.no[subclass] = ABCMeta.registrations
        return False

    def _is_above(cls, subclass: type) -> bool:
        ABCMeta.questions += 1
        answer = cls.__subclasshook__(subclass)
        if answer is not NotImplemented:
            return bool(answer)
        if cls in subclass.__mro__:
            return True
        below = [*cls._answers.registered, *cls.__subclasses__()]
        return any(issubclass(subclass, each) for each in below)


def get_cache_token() -> int:
    """For caches of your own: another number means that they may be stale."""
    return ABCMeta.registrations


# -- The errors of an API -----------------------------------------------------


class LeakyError(Exception, metaclass=ABCMeta):
    """What an API may answer instead; whoever derives from it must say a status."""

    # Marked and noted; but Exception.__new__ makes the object without looking.
    @property
    @abstractmethod
    def status(self) -> Any: ...


class ApiError(LeakyError):
    def __new__(cls, *args: Any, **keywords: Any) -> Any:
        if missing := cls.__abstractmethods__:
            names = ", ".join(sorted(missing))
            raise TypeError(f"{cls.__name__} must define {names}")
        return super().__new__(cls, *args, **keywords)


class Retryable(metaclass=ABCMeta):
    """Whatever can tell how long to wait."""

    @abstractmethod
    def wait(self) -> Any: ...

    @classmethod
    def __subclasshook__(cls, other: type) -> Any:
        # Inherited like any method: unguarded, it would answer for subclasses too.
        if cls is not Retryable:
            return NotImplemented
        return callable(getattr(other, "wait", None))


# -- Demo ---------------------------------------------------------------------


def outcome(cls: Any) -> str:
    try:
        return f"made, status {getattr(cls(), 'status', 'unknown')}"
    except TypeError as error:
        return type(error).__name__


def catches(kind: type[BaseException], error: BaseException) -> bool:
    try:
        raise error
    except kind:
        return True
    except BaseException:
        return False


def classes_asked(question: Callable[[], object]) -> int:
    before = ABCMeta.questions
    question()
    return ABCMeta.questions - before


def main() -> None:
    print("`object.__new__` checks abstract methods, `Exception.__new__` does not")
    for cls in (Retryable, LeakyError, ApiError):
        print(f"  {cls.__name__}() -> {outcome(cls)}")

    print("Abstractness is computed when the class is made, and not again")
    outage: Any = ABCMeta("Outage", (ApiError,), {})
    outage.status = 503
    print(f"  given a status afterwards, Outage() -> {outcome(outage)}")
    print(f"  after an update, Outage() -> {outcome(update_abstractmethods(outage))}")

    print("A registered class passes `isinstance` unchecked, and `except` ignores it")
    error = outage.register(TimeoutError)()
    print(f"  {isinstance(error, outage) = }, {hasattr(error, 'status') = }")
    print(f"  {catches(outage, error) = }, {catches(outage, outage()) = }")

    print("The hook is asked before the MRO")
    stranger = type("Delay", (), {"wait": lambda self: 0.5})
    heir: Any = ABCMeta("Never", (Retryable,), {"wait": None})
    for each in (stranger, heir):
        by_hook, by_mro = issubclass(each, Retryable), Retryable in each.__mro__
        print(f"  {each.__name__}: {by_hook = }, {by_mro = }")

    print("The first question goes to every subclass, the next to a cache")
    root: Any = ABCMeta("Sensor", (), {})
    below = [ABCMeta(f"Sensor{n}", (root,), {}) for n in range(9)]
    first, again = (classes_asked(lambda: isinstance(3.5, root)) for _ in range(2))
    outage.register(OSError)
    after = classes_asked(lambda: isinstance(3.5, root))
    print(f"  {len(below) = }, {first = }, {again = }, after a registration: {after}")


if __name__ == "__main__":
    main()
