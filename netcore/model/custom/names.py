"""The full names that a student's class may use: modules, what is in them, builtins. Tables, no torch.

A name that is in no table is refused; no entry is a module, reads or writes a file, runs text as code, or changes
anything outside the network. A test walks them all.
"""

from __future__ import annotations

from collections.abc import Mapping

from netcore.model.custom.attribute_names import SHARED, read_table

NAMESPACES = read_table("""
    collections math torch torch.fft torch.linalg torch.nn torch.nn.functional torch.nn.init torch.nn.parameter
    torch.nn.utils torch.nn.utils.parametrizations typing
""")
"""The modules: roots of full names, never values."""

CONTEXTS = frozenset(("torch.enable_grad", "torch.no_grad", "torch.set_grad_enabled"))
"""What may stand after ``with``, and nowhere else."""

BUILTINS = read_table("""
    abs all any bool callable complex dict divmod enumerate filter float frozenset int isinstance issubclass iter len
    list map max min next pow print property range repr reversed round set slice sorted staticmethod str sum super
    tuple zip AssertionError IndexError KeyError NotImplementedError RuntimeError TypeError ValueError
""")
"""The builtins; ``True``, ``False``, ``None`` are no names."""


def _entries(namespace: str, table: str) -> frozenset[str]:
    return frozenset(f"{namespace}.{name}" for name in read_table(table))


_TORCH = """
    Size Tensor adaptive_avg_pool1d arange as_tensor atleast_1d atleast_2d atleast_3d avg_pool1d batch_norm bfloat16
    bilinear block_diag bool broadcast_shapes broadcast_tensors bucketize cartesian_prod cat cdist celu chain_matmul
    channel_shuffle channels_last column_stack complex complex128 complex64 concat concatenate contiguous_format
    conv1d conv2d conv3d cosine_similarity cumulative_trapezoid device double dropout dstack dtype e einsum
    embedding empty empty_like eye finfo float float16 float32 float64 full full_like gradient group_norm half
    hamming_window hann_window hstack iinfo inf int int16 int32 int64 int8 is_grad_enabled is_tensor isin layer_norm
    linspace logspace long max_pool1d max_pool2d meshgrid nan newaxis normal ones ones_like pi pixel_shuffle
    pixel_unshuffle poisson polar preserve_format rand rand_like randint randint_like randn randn_like randperm
    relu_ row_stack rrelu scalar_tensor searchsorted selu short sigmoid_ stack std_mean tanh_ tensor tensordot
    threshold trapezoid tril_indices triu_indices uint8 unravel_index var_mean view_as_complex view_as_real vstack
    zeros zeros_like
"""

_NN = """
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
    AlphaDropout AvgPool1d AvgPool2d AvgPool3d BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Buffer CELU
    ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d
    Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d CosineSimilarity Dropout Dropout1d Dropout2d Dropout3d
    ELU Embedding EmbeddingBag Flatten Fold FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRU GRUCell GroupNorm
    Hardshrink Hardsigmoid Hardswish Hardtanh Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d LPPool1d
    LPPool2d LPPool3d LSTM LSTMCell LayerNorm LeakyReLU Linear LocalResponseNorm LogSigmoid LogSoftmax MaxPool1d
    MaxPool2d MaxPool3d MaxUnpool2d Mish Module ModuleDict ModuleList MultiheadAttention PReLU PairwiseDistance
    Parameter ParameterList PixelShuffle PixelUnshuffle RMSNorm RNN RNNCell RReLU ReLU ReLU6
    ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d SELU
    Sequential SiLU Sigmoid Softmax Softmax2d Softmin Softplus Softshrink Softsign Tanh Tanhshrink Threshold
    Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer Unflatten
    Unfold Upsample ZeroPad1d ZeroPad2d ZeroPad3d
"""

_FUNCTIONAL = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear celu celu_
    channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity
    dropout dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag fold fractional_max_pool2d
    fractional_max_pool3d gelu glu grid_sample group_norm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh
    hardtanh_ instance_norm interpolate layer_norm leaky_relu leaky_relu_ linear local_response_norm log_softmax
    logsigmoid lp_pool1d lp_pool2d lp_pool3d max_pool1d max_pool2d max_pool3d max_unpool2d mish normalize one_hot
    pad pairwise_distance pixel_shuffle pixel_unshuffle prelu relu relu6 relu_ rms_norm rrelu rrelu_
    scaled_dot_product_attention selu selu_ sigmoid silu softmax softmin softplus softshrink softsign tanh
    tanhshrink threshold threshold_ unfold
"""

_INIT = """
    calculate_gain constant_ dirac_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_ sparse_
    trunc_normal_ uniform_ xavier_normal_ xavier_uniform_ zeros_
"""

_MATH = """
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1
    fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log
    log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan tanh tau trunc ulp
"""

ENTRIES = frozenset().union(
    (f"torch.{name}" for name in SHARED - {"cpu"}),
    _entries("torch", _TORCH),
    _entries("torch.nn", _NN),
    _entries("torch.nn.functional", _FUNCTIONAL),
    _entries("torch.nn.init", _INIT),
    _entries("torch.nn.parameter", "Buffer Parameter"),
    _entries("torch.nn.utils", "parameters_to_vector"),
    _entries("torch.nn.utils.parametrizations", "orthogonal spectral_norm weight_norm"),
    _entries(
        "torch.fft",
        "fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn fftfreq rfftfreq fftshift ifftshift",
    ),
    _entries(
        "torch.linalg", "cross det inv matrix_norm matrix_power norm pinv qr slogdet solve svd vecdot vector_norm"
    ),
    _entries("math", _MATH),
    _entries("typing", "Any Callable Dict Iterable List Optional Sequence Tuple Type Union"),
    _entries("collections", "OrderedDict"),
)
"""Everything that may be used by its full name, as a value or in a call."""


def find_home(name: str, aliases: Mapping[str, str]) -> str | None:
    """How a text with these imports writes the open name of torch that ends with ``name``: ``F.gelu``.

    Where no import leads there, as everybody writes it. None where torch has no such name for a class.
    """
    found = (full.rpartition(".") for full in ENTRIES if full.startswith("torch.") and full.endswith(f".{name}"))
    homes = sorted((home for home, _, _ in found), key=lambda home: (-len(home), home))
    written = {full: alias for alias, full in reversed(list(aliases.items()))}
    for home in homes:
        if home in written:
            return f"{written[home]}.{name}"
    usual = {"torch.nn.functional": "F", "torch.nn": "nn"}
    return f"{usual.get(homes[0], homes[0])}.{name}" if homes else None
