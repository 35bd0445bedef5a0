"""The kinds of syntax that a class may be made of. A kind that is not listed here is refused, also one of tomorrow."""

from __future__ import annotations

import ast

_STATEMENTS = (
    *(ast.ClassDef, ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Pass, ast.Expr, ast.Return, ast.Raise, ast.Assert),
    *(ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.For, ast.While, ast.Break, ast.Continue, ast.With),
)
_EXPRESSIONS = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Call, ast.Starred, ast.Lambda, ast.IfExp),
    *(ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.List, ast.Tuple, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr, ast.FormattedValue),
)
_OPERATORS = (
    *(ast.And, ast.Or, ast.Not, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In),
    *(ast.NotIn, ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.UAdd, ast.USub),
    *(ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Invert),
)
_PARTS = (
    *(ast.Module, ast.Load, ast.Store, ast.arguments, ast.arg, ast.keyword, ast.alias, ast.withitem),
    *(ast.comprehension,),
)
GRAMMAR: frozenset[type[ast.AST]] = frozenset((*_STATEMENTS, *_EXPRESSIONS, *_OPERATORS, *_PARTS))

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
