"""The attributes that a student's class may use on what it has in hand, and those that it may not. Tables, no torch.

Whatever hangs on a tensor, a module, a number, a text or a container is in one of the tables: a test walks them all.
A class may give itself any name that is in none of them, so that no name of its own opens a door on something else.
"""

from __future__ import annotations


def read_table(table: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(table.split())


SHARED = read_table("""
    abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr adjoint all allclose amax amin aminmax angle
    any arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort argwhere asin asinh atan atan2
    atanh baddbmm bernoulli bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
    bitwise_xor bmm broadcast_to ceil chunk clamp clamp_max clamp_min clip clone conj copysign corrcoef cos cosh
    count_nonzero cov cpu cross cummax cummin cumprod cumsum deg2rad det detach diag diag_embed diagflat diagonal
    diff digamma dist div divide dot dsplit eq equal erf erfc erfinv exp exp2 expm1 fix flatten flip fliplr flipud
    float_power floor floor_divide fmax fmin fmod frac frexp gather gcd ge greater greater_equal gt hardshrink
    heaviside histc histogram hsplit hypot imag index_add index_copy index_fill index_put index_select inner inverse
    is_complex is_floating_point is_nonzero is_signed isclose isfinite isinf isnan isneginf isposinf isreal istft
    kron kthvalue lcm ldexp le lerp less less_equal lgamma log log10 log1p log2 log_softmax logaddexp logaddexp2
    logcumsumexp logdet logical_and logical_not logical_or logical_xor logit logsumexp lt masked_fill masked_scatter
    masked_select matmul matrix_exp matrix_power max maximum mean median min minimum mm mode moveaxis movedim msort
    mul multinomial multiply mv nan_to_num nanmean nanmedian nanquantile nansum narrow ne neg negative nextafter
    nonzero norm not_equal numel outer permute pinverse positive pow prelu prod qr quantile rad2deg ravel real
    reciprocal relu remainder renorm repeat_interleave reshape roll rot90 round rsqrt scatter scatter_add
    scatter_reduce select sgn sigmoid sign signbit sin sinc sinh slogdet softmax sort split sqrt square squeeze std
    stft sub subtract sum svd swapaxes swapdims t take take_along_dim tan tanh tensor_split tile topk trace
    transpose tril triu true_divide trunc unbind unflatten unique unique_consecutive unsqueeze var vdot vsplit where
    xlogy
""")
"""Methods of a tensor that are functions of torch too: ``x.relu()`` and ``torch.relu(x)``."""

TENSOR = read_table("""
    H T abs_ absolute_ acos_ acosh_ add_ addbmm_ addcdiv_ addcmul_ addmm_ addmv_ addr_ arccos_ arccosh_ arcsin_
    arcsinh_ arctan2_ arctan_ arctanh_ asin_ asinh_ atan2_ atan_ atanh_ baddbmm_ bernoulli_ bfloat16 bitwise_and_
    bitwise_left_shift_ bitwise_not_ bitwise_or_ bitwise_right_shift_ bitwise_xor_ bool ceil_ clamp_ clamp_max_
    clamp_min_ clip_ contiguous copy_ copysign_ cos_ cosh_ cumprod_ cumsum_ data deg2rad_ detach_ device
    diagonal_scatter digamma_ dim div_ divide_ double dtype eig eq_ erf_ erfc_ erfinv_ exp2_ exp_ expand expand_as
    expm1_ exponential_ fill_ fill_diagonal_ fix_ float float_power_ floor_ floor_divide_ fmod_ frac_ gcd_ ge_
    greater_ greater_equal_ gt_ half heaviside_ hypot_ index index_add_ index_copy_ index_fill_ index_put_ indices
    int is_contiguous is_cpu is_leaf is_same_size item layout lcm_ ldexp_ le_ lerp_ less_ less_equal_ lgamma_ log10_
    log1p_ log2_ log_ logical_and_ logical_not_ logical_or_ logical_xor_ logit_ long lt_ lu mH mT masked_fill_
    masked_scatter_ mul_ multiply_ nan_to_num_ ndim ndimension ne_ neg_ negative_ nelement new new_empty new_full
    new_ones new_tensor new_zeros nextafter_ normal_ not_equal_ pow_ put rad2deg_ random_ reciprocal_ relu_
    remainder_ renorm_ repeat requires_grad requires_grad_ reshape_as resize resize_as round_ rsqrt_ scatter_
    scatter_add_ scatter_reduce_ select_scatter sgn_ shape short sigmoid_ sign_ sin_ sinc_ sinh_ size slice_scatter
    solve split_with_sizes sqrt_ square_ squeeze_ stride sub_ subtract_ swapaxes_ swapdims_ t_ tan_ tanh_ to tolist
    transpose_ tril_ triu_ true_divide_ trunc_ type type_as unfold uniform_ unsqueeze_ values view view_as xlogy_
    zero_
""")
"""What else one may ask of a tensor: what works in place, and its properties."""

MODULE = read_table("""
    activation add_module affine alpha append apply batch_first bias bidirectional buffers ceil_mode children clear
    copy dilation dim dropout elementwise_affine embed_dim embedding_dim end_dim eps eval extend extra_repr
    flatten_parameters forward from_pretrained generate_square_subsequent_mask get groups head_dim hidden_size
    in_channels in_features in_proj_bias in_proj_weight inplace input_size insert items kernel_size keys lambd
    layers linear1 linear2 lower mode modules momentum named_buffers named_children named_modules named_parameters
    negative_slope norm norm1 norm2 normalized_shape num_batches_tracked num_channels num_embeddings num_features
    num_groups num_heads num_layers out_channels out_features out_proj output_padding output_size p padding
    padding_idx padding_mode parameters pop register_buffer register_module register_parameter reset_parameters
    reset_running_stats running_mean running_var scale_factor self_attn setdefault size start_dim stride
    track_running_stats train training unflattened_size update upper upscale_factor values weight
""")
"""What one may ask of a module."""

PLAIN = read_table("""
    add args as_integer_ratio bit_count bit_length bits byte capitalize casefold center char close conjugate count
    denominator difference difference_update discard element_size encode endswith eps expandtabs find fromkeys hex
    imag index intersection intersection_update is_integer is_signed isalnum isalpha isascii isdecimal isdigit
    isdisjoint isidentifier islower isnumeric isprintable isspace issubset issuperset istitle isupper itemsize join
    ljust log_prob lower lstrip maketrans mapping max min move_to_end name nbytes numerator partition popitem
    predict real remove removeprefix removesuffix replace resolution reverse rfind rindex rjust rpartition rsplit
    rstrip send smallest_normal sort split splitlines start startswith step stop strip swapcase symmetric_difference
    symmetric_difference_update tiny title translate union upper value zfill
""")
"""What one may ask of numbers, texts, lists, dictionaries, sets, ranges, ``torch.finfo``."""

ALLOWED = SHARED | TENSOR | MODULE | PLAIN

STORABLE = read_table("bias data eps inplace momentum p requires_grad weight")
"""What one may set on something else than self: ``parameter.requires_grad = False``, tied weights."""

RESERVED = read_table("""
    T_destination abbr aclose add_note ag_await ag_code ag_frame ag_running ag_suspended all_weights apply_
    as_strided as_strided_ as_strided_scatter as_subclass asend athrow backward call_super_init cauchy_ ccol_indices
    cdouble cfloat chalf check_forward_args check_hidden_size check_input cholesky cholesky_inverse cholesky_solve
    co_argcount co_branches co_cellvars co_code co_consts co_exceptiontable co_filename co_firstlineno co_flags
    co_freevars co_kwonlyargcount co_lines co_linetable co_lnotab co_name co_names co_nlocals co_positions
    co_posonlyargcount co_qualname co_stacksize co_varnames coalesce col_indices compile conj_physical
    conj_physical_ const_data_ptr copy_with cr_await cr_code cr_frame cr_origin cr_running cr_suspended crow_indices
    cuda data_ptr deleter dense_dim dequantize dim_order dump_patches f_back f_builtins f_code f_generator f_globals
    f_lasti f_lineno f_locals f_trace f_trace_lines f_trace_opcodes fdel fget format format_map from_bytes
    from_number fromhex fset geometric_ geqrf ger get_buffer get_device get_expected_cell_size
    get_expected_hidden_size get_extra_state get_parameter get_submodule getter gi_code gi_frame gi_running
    gi_suspended gi_yieldfrom grad grad_dtype grad_fn hash_tensor i0 i0_ igamma igamma_ igammac igammac_
    index_reduce index_reduce_ int_repr ipu is_coalesced is_conj is_cuda is_distributed is_inference is_ipu is_maia
    is_meta is_mkldnn is_mps is_mtia is_neg is_nested is_pinned is_quantized is_set_to is_shared is_sparse
    is_sparse_csr is_vulkan is_xla is_xpu load_state_dict log_normal_ lstsq lu_solve map2_ map_ merge_masks
    module_load mro mtia mvlgamma mvlgamma_ n_fields n_sequence_fields n_unnamed_fields narrow_copy
    new_empty_strided nonzero_static numpy orgqr ormqr output_nr permute_hidden pin_memory polygamma polygamma_ put_
    q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme record_stream
    register_backward_hook register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_post_accumulate_grad_hook register_state_dict_post_hook
    register_state_dict_pre_hook reinforce resize_ resize_as_ resize_as_sparse_ resolve_conj resolve_neg retain_grad
    retains_grad row_indices set_ set_extra_state set_submodule setter share_memory share_memory_ slice_inverse smm
    sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ sspaddmm state_dict storage storage_offset
    storage_type sum_to_size symeig tb_frame tb_lasti tb_lineno tb_next throw to_bytes to_complex to_dense to_empty
    to_mkldnn to_padded_tensor to_real to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc
    to_sparse_csr triangular_solve unsafe_chunk unsafe_split unsafe_split_with_sizes untyped_storage volatile
    with_traceback xpu zero_grad
""")
"""The names of torch and Python that stay closed: no class may take one for its own."""

PRIVATE = read_table("""
    _abc_impl _addmm_activation _apply _apply_instance_norm _autocast_to_full_precision
    _autocast_to_reduced_precision _backward_hooks _backward_pre_hooks _base _buffers _call_impl _cdata
    _check_input_dim _clear_non_serializable_cached_data _co_code_adaptive _coalesced_ _compiled_call_impl _conj
    _conj_physical _conv_forward _determine_new_args _dimI _dimV _dtensor__new__ _ff_block
    _fill_padding_idx_with_zero _fix_weakref _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs
    _forward_pre_hooks _forward_pre_hooks_with_kwargs _get_abs_string_index _get_backward_hooks
    _get_backward_pre_hooks _get_item_by_idx _get_name _get_no_batch_dim _getitem _grad _grad_fn
    _handle_no_batch_input _has_symbolic_sizes_strides _indices _init_flat_weights _inst _is_all_true _is_any_true
    _is_full_backward_hook _is_view _is_zerotensor _key_to_attr _lazy_clone _load_from_state_dict
    _load_state_dict_post_hooks _load_state_dict_pre_hooks _make_subclass _make_substitution _make_wrapper_subclass
    _maybe_warn_non_full_backward_hook _mha_block _modules _name _named_members _neg_view _nested_tensor_size
    _nested_tensor_storage_offsets _nested_tensor_strides _nnz _non_persistent_buffers_set _nparams _output_padding
    _parameters _paramspec_tvars _philox_normal_ _philox_uniform_ _post_accumulate_grad_hooks _python_dispatch
    _reduce_ex_internal _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel
    _require_tuple_int _reset_parameters _rev_view_func_unsafe _sa_block _save_to_state_dict _slow_forward
    _sparse_mask_projection _state_dict_hooks _state_dict_pre_hooks _to_dense _to_sparse _to_sparse_bsc
    _to_sparse_bsr _to_sparse_csc _to_sparse_csr _typed_storage _update_flat_weights _use_count _values
    _varname_from_oparg _version _view_func _view_func_unsafe _weights_have_changed _wrapped_call_impl
""")
"""The same for names that begin with one underscore."""

OF_MODULE = read_table("""
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
    eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
""")
"""What ``nn.Module`` itself has: a class that gives one of these another meaning breaks."""

CLOSED = OF_MODULE | RESERVED | PRIVATE
"""What no class may call a part of its own."""
