"""Random layers of the catalogue, small enough that a few of them stay within the limits."""

from hypothesis import strategies as st

from netcore.model.catalogue import Argument, list_kinds
from netcore.model.layers import make_layer


def layers():
    return st.sampled_from(list_kinds()).flatmap(
        lambda kind: st.fixed_dictionaries({item.name: _values(item) for item in kind.arguments}).map(
            lambda arguments: make_layer(kind.name, **arguments)
        )
    )


def _values(argument: Argument):
    whole = st.integers(int(argument.minimum), min(int(argument.maximum), 12))
    return {
        "int": whole,
        "float": st.floats(argument.minimum, argument.maximum, allow_nan=False),
        "bool": st.booleans(),
        "pair": whole | st.tuples(whole, whole),
        "sizes": st.lists(whole, min_size=argument.shortest, max_size=4),
    }[argument.type]
