"""Reads the expressions of a class, and notes the names, attributes, calls and numbers that it may not use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from netcore.model.custom.advice import CARD, CONSTRUCTS, NOT_HERE
from netcore.model.custom.anatomy import MODULE, NETWORK, Anatomy
from netcore.model.custom.bounds import TooLargeError, fold
from netcore.model.custom.devices import (
    DEVICE,
    is_device_name,
    names_card,
    settle_device,
    strip_moves,
    without_device,
)
from netcore.model.custom.dotted import dotted_name, unfold, write_short
from netcore.model.custom.finding import Finding
from netcore.model.custom.grammar import COMPREHENSIONS, GRAMMAR
from netcore.model.custom.kinds import ask_isinstance, find_named
from netcore.model.custom.layer_calls import write_sized
from netcore.model.custom.layer_names import is_registering
from netcore.model.custom.naming import NameJudge
from netcore.model.custom.near_misses import name_special
from netcore.model.custom.scopes import all_arguments, bound_names, is_dunder, is_self

_SUPER = "super().__init__()"


class WordReader(NameJudge):
    """Reads expressions; ``findings`` are what it refuses, in the order in which it meets it."""

    def __init__(self, tree: ast.Module, anatomy: Anatomy, missed: frozenset[ast.AST] = frozenset()) -> None:
        super().__init__(tree, anatomy, missed)
        self._may_call = False
        self._title = anatomy.network.name if anatomy.network else NETWORK

    def read(self, node: ast.AST) -> None:
        """Read a node that may stand here, and all that is in it; refuse any other."""
        kind = type(node).__name__
        if type(node) in GRAMMAR:
            reader = getattr(self, f"_read_{kind.lower()}", self._read_parts)
            reader(node)
            return
        name, cure = CONSTRUCTS.get(kind, (kind, NOT_HERE))
        self.refuse(node, "{name} is not available here.", cure, name=name)

    def _read_name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._check_given(node, node.id)
        elif node.id in self._aliases:
            self._check_full_name(node, [])
        elif is_dunder(node.id) or node.id == "super" or not self._is_known(node.id):
            self._refuse_name(node)

    def _read_attribute(self, node: ast.Attribute) -> None:
        root, chain = unfold(node)
        if isinstance(root, ast.Name) and root.id in self._aliases:
            self._check_full_name(root, chain)
            return
        named = find_named(node)
        if named:
            self._refuse_class_name(node, named)
            return
        if node.attr == "__init__" and self._is_super(node.value):
            self.note(Finding.at(node, "{call} is not called.", "Write {shown}.", _SUPER, call=write_short(node)))
            return
        before = len(self.findings)
        self.read(node.value)
        if len(self.findings) > before:
            return  # what hangs on something refused needs no words of its own
        if isinstance(node.ctx, ast.Store):
            self._check_stored(node)
        else:
            self._check_attribute(node)

    def _refuse_class_name(self, node: ast.Attribute, named: ast.expr) -> None:
        """``m.__class__.__name__``: whatever it is asked for, there are open words that say the same."""
        around = next((part for part, _ in reversed(self._scopes) if isinstance(part, ast.ClassDef)), None)
        written = write_short(node)
        if around and is_self(named):
            what, cure = "{written} is not available here.", "Write {shown}."
            self.note(Finding.at(node, what, cure, repr(around.name), written=written))
        else:
            cure = "Ask for the class itself: isinstance({named}, nn.Conv2d)."
            self.refuse(node, "{written} is not available here.", cure, written=written, named=write_short(named))

    def _read_call(self, node: ast.Call) -> None:
        if self._refuse_near(node):
            return
        if not self._may_call:
            cure = "Move it into __init__, or leave it out where the network works without it."
            if isinstance(node.func, ast.Name) and node.func.id in self._anatomy.classes:
                cure = "Delete the line: Netcore makes the network itself, as {name}()."
            self.refuse(node, "{call} runs when the file is read.", cure, call=write_short(node), name=self._title)
            return
        if isinstance(node.func, ast.Attribute) and self._is_super(node.func.value):
            if node.func.attr != "__init__":
                self._check_attribute(node.func)
        else:
            self.read(node.func)
        if is_registering(node):
            self._check_registered(node)
        for part in (*node.args, *node.keywords):
            self.read(part)

    def _refuse_near(self, node: ast.Call) -> bool:
        """Whether a call is nearly right, and has a mend of its own: noted then."""
        plain, full = strip_moves(node), dotted_name(node.func, self._aliases) or ""
        made = plain.func.id if isinstance(plain, ast.Call) and isinstance(plain.func, ast.Name) else ""
        if plain is not node and made in self._anatomy.classes:
            what = "{call} does more than make the network, and everything runs on the processor here."
            self.note(Finding.at(node, what, "Write {shown}.", ast.unparse(plain), call=write_short(node)))
            return True
        answer = settle_device(node, self._aliases) if full != DEVICE or not self._may_call else None
        moved = without_device(node)
        if answer or (moved is not node and not self._is_device_known(node)):
            self.note(Finding.at(node, CARD, "Write {shown}.", answer or ast.unparse(moved), call=write_short(node)))
            if not answer:
                self.read(moved)
            return True
        sized = write_sized(node, self._aliases)
        if sized:
            what = "{call} takes its size from the first batch, and here its size stands in the text."
            cure = "Write {shown}: where another size is needed, the table of shapes names it."
            self.note(Finding.at(node, what, cure, sized, call=write_short(node)))
            return True
        if full == f"{MODULE}.__init__":
            self.note(
                Finding.at(
                    node, "{call} calls the base class by its name.", "Write {shown}.", _SUPER, call=write_short(node)
                )
            )
            return True
        return isinstance(node.func, ast.Attribute) and self._refuse_super(node, node.func)

    def _is_device_known(self, node: ast.Call) -> bool:
        """Whether the variable with the device has a value here."""
        given = [*node.args, *(part.value for part in node.keywords)]
        names = [part.id for part in given if is_device_name(part) and isinstance(part, ast.Name)]
        return bool(names) and all(self._is_known(name) for name in names)

    def _refuse_super(self, node: ast.Call, called: ast.Attribute) -> bool:
        """``super()._init_()``, ``super.__init__()``, ``super(AnotherClass, self).__init__()``."""
        around = next((part for part, _ in reversed(self._scopes) if isinstance(part, ast.ClassDef)), None)
        owner = called.value
        if around is None:
            return False
        if isinstance(owner, ast.Name) and owner.id == "super" and name_special(called.attr) == "__init__":
            self.note(
                Finding.at(
                    node, "{call} has no brackets after super.", "Write {shown}.", _SUPER, call=write_short(node)
                )
            )
            return True
        if not isinstance(owner, ast.Call) or not isinstance(owner.func, ast.Name) or owner.func.id != "super":
            return False
        near = name_special(called.attr) == "__init__" and called.attr != "__init__"
        if near and self._is_missed():
            return True  # told where the method begins
        if near and called.attr not in self._own:
            what = "{call} calls nothing that nn.Module has."
            instead = ast.unparse(ast.Call(ast.Attribute(owner, "__init__", ast.Load()), node.args, node.keywords))
            self.note(Finding.at(node, what, "Did you mean {shown}?", instead, call=write_short(node)))
            return True
        stranger = len(owner.args) == 2 and is_self(owner.args[1]) and not self._is_of(around, owner.args[0])
        if stranger:
            what = "super names {other}, and this is the class {name}."
            values = {"other": ast.unparse(owner.args[0]), "name": around.name}
            self.note(Finding.at(owner, what, "Write {shown}.", "super()", **values))
        return stranger

    def _is_missed(self) -> bool:
        return any(part in self._missed for part, _ in self._scopes)

    def _is_of(self, around: ast.ClassDef, named: ast.expr) -> bool:
        """Whether ``named`` is the class itself, or one of the text that it derives."""
        name = ast.unparse(named)
        bases = [base.id for base in around.bases if isinstance(base, ast.Name)]
        parents = [self._anatomy.classes[base] for base in bases if base in self._anatomy.classes]
        return name == around.name or any(parent is not around and self._is_of(parent, named) for parent in parents)

    def _read_compare(self, node: ast.Compare) -> None:
        instead = ask_isinstance(node)
        if instead:
            self.note(Finding.at(node, "type is not available here.", "Write {shown}.", instead))
            return
        for part in (node.left, *node.comparators):
            if not (isinstance(part, ast.Constant) and names_card(part.value)):
                self.read(part)

    def _read_keyword(self, node: ast.keyword) -> None:
        if node.arg and is_dunder(node.arg):
            self._refuse_dunder(node, node.arg)
        if node.arg is None and isinstance(node.value, ast.Dict | ast.DictComp):
            self._check_keys(node.value)
        self.read(node.value)

    def _check_keys(self, given: ast.Dict | ast.DictComp) -> None:
        """The names of arguments in ``**{"bias": False}``."""
        for key in given.keys if isinstance(given, ast.Dict) else [given.key]:
            name = self._name_given(key) if key else None
            if key and name and is_dunder(name):
                self._refuse_dunder(key, name)
            elif key and name is None:
                cure = "Write the argument itself: bias=False."
                self.refuse(key, "The name of an argument, {name}, does not stand there.", cure, name=write_short(key))

    def _read_constant(self, node: ast.Constant) -> None:
        self._check_size(node)
        if names_card(node.value):
            self.note(Finding.at(node, CARD, "Write {shown}.", '"cpu"', call=write_short(node)))
        if isinstance(node.value, bytes):
            self.refuse(node, "Bytes are not available here.", 'Write a text without the b: "...".')

    def _read_binop(self, node: ast.BinOp) -> None:
        if self._check_size(node):
            self._read_parts(node)

    def _read_lambda(self, node: ast.Lambda) -> None:
        with self.calls_allowed():
            self._read_arguments(node.args)
            with self.scope(node):
                self.read(node.body)

    def _read_arguments(self, node: ast.arguments) -> None:
        """Defaults and annotations, which belong to the scope around, and the names themselves."""
        first = (*node.posonlyargs, *node.args)[:1]
        for argument in all_arguments(node):
            if argument.arg != "self" or argument not in first:
                self._check_given(argument, argument.arg)
            if argument.annotation:
                self.read(argument.annotation)
        for default in (*node.defaults, *node.kw_defaults):
            if default:
                self.read(default)

    def _read_parts(self, node: ast.AST) -> None:
        with self.scope(node) if isinstance(node, COMPREHENSIONS) else nullcontext():
            for part in ast.iter_child_nodes(node):
                self.read(part)

    @contextmanager
    def scope(self, node: ast.AST) -> Iterator[None]:
        """Read what is in ``node`` with the names that it gives."""
        self._scopes.append((node, bound_names(node)))
        yield
        self._scopes.pop()

    @contextmanager
    def calls_allowed(self) -> Iterator[None]:
        """Read what runs only when the network is made or used."""
        before, self._may_call = self._may_call, True
        yield
        self._may_call = before

    def _is_super(self, node: ast.expr) -> bool:
        """``super()`` or ``super(OwnClass, self)``."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "super":
            return False
        if node.keywords or len(node.args) not in (0, 2):
            return False
        if not node.args:
            return True
        first, second = node.args
        return isinstance(first, ast.Name) and first.id in self._anatomy.classes and is_self(second)

    def _check_size(self, node: ast.expr) -> bool:
        try:
            fold(node)
        except TooLargeError:
            self.refuse(node, "{number} is too large.", "Write a smaller number.", number=write_short(node))
            return False
        return True
