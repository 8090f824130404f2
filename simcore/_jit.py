"""How plain Python becomes machine code. The only module that imports and configures numba.

`@equations` marks scalar equations: they stay plain Python (tests, debugger) and can be called from compiled code.
`@kernel` compiles loops over arrays, strictly: IEEE arithmetic, no fastmath, no fused multiply-add, so that the
compiled and the interpreted function give the same bits (NUMBA_DISABLE_JIT=1 runs everything interpreted).

numba is imported when the first kernel is defined, not with the equations, so that a process which only reads
declarations (Snakemake's) does not pay 0.4 s for it.

Stale physics: numba's disk cache looks at the file of the compiled function, not at the files of what it calls.
Hence the cache folder is named by the digest of every source that ends up in machine code.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import gc
import hashlib
import importlib.util
import os
import struct
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_PACKAGE = Path(__file__).parent
_COMPILED = ("_jit.py", "_math.py", "rng", "models", "kernels")     # what ends up in machine code
_pending: list[Callable] = []


def equations(function: Callable) -> Callable:
    """Mark scalar equations of one cell, synapse or draw: plain Python that compiled kernels may call."""
    _pending.append(function)
    if "numba" in sys.modules:
        _register_pending()
    return function


def kernel(function: Callable | None = None, *, allocates: bool = False) -> Callable:
    """Compile a loop over arrays, cached on disk; strict IEEE, no bounds checks, no GIL.

    allocates: whether it makes arrays of its own. Else references to arrays are not counted: to count those of a tuple
    that is unpacked in every step takes longer than many a step.
    """
    if function is None:
        return functools.partial(kernel, allocates=allocates)
    return load_numba().njit(cache=True, error_model="numpy", nogil=True, _nrt=allocates)(function)


@functools.lru_cache(maxsize=1)
def load_numba() -> types.ModuleType:
    """Import numba once, point its cache at the folder of this source, register all equations."""
    collecting = gc.isenabled()
    gc.disable()                        # its objects stay: looking for garbage among them costs 0.15 s
    try:
        import numba
        from numba.core import config

        if not config.DISABLE_JIT:
            _import_without_scipy()
    finally:
        if collecting:
            gc.enable()
    atexit.register(gc.freeze)          # and taking them apart at the end of the process 0.4 s
    folder = cache_folder() / "numba"
    config.CACHE_DIR = str(folder)
    _teach_bitcasts(numba)
    _teach_prefetch(numba)
    _teach_allgather()
    _register_pending(numba)
    return numba


def _import_without_scipy() -> None:
    """Load numba's array functions, which would import scipy.linalg (0.2 s) only to see whether it is there.

    Where a matrix is multiplied numba looks for it again.
    """
    from numba.np import linalg

    if "numba.np.arraymath" in sys.modules or importlib.util.find_spec("scipy") is None:
        return
    look = linalg.ensure_blas
    linalg.ensure_blas = lambda: None
    try:
        from numba.np import arraymath

        arraymath.ensure_blas = look
    finally:
        linalg.ensure_blas = look


def _register_pending(numba: types.ModuleType | None = None) -> None:
    numba = numba or sys.modules["numba"]
    if not hasattr(numba, "extending"):
        return                          # numba is half imported; load_numba comes back here
    while _pending:
        function = _pending.pop()
        options = {"error_model": "numpy", "forceinline": True}     # not inlined, a large step is not vectorised
        numba.extending.overload(function, jit_options=options, strict=False)(_implementation(_positional(function)))


def _implementation(function: Callable) -> Callable:
    return lambda *args, **kwargs: function


def _positional(function: Callable) -> Callable:
    """The same function with its keyword-only arguments made positional, since numba 0.68 cannot overload those."""
    code = function.__code__
    if not code.co_kwonlyargcount:
        return function
    plain = code.replace(co_argcount=code.co_argcount + code.co_kwonlyargcount, co_kwonlyargcount=0)
    return types.FunctionType(plain, function.__globals__, function.__name__, None, function.__closure__)


@functools.lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Folder for compiled code of exactly this source: $SIMCORE_CACHE or $XDG_CACHE_HOME/simcore, then its digest."""
    root = os.environ.get("SIMCORE_CACHE")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "simcore"
    folder = base / compiled_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:                     # a read-only home: compile into a folder of this user's own
        folder = Path(tempfile.gettempdir()) / f"simcore-{os.getuid()}" / compiled_digest()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@functools.lru_cache(maxsize=1)
def compiled_digest() -> str:
    """Digest (16 hex digits) of every source file that ends up in machine code."""
    digest = hashlib.blake2b(digest_size=8)
    for name in _COMPILED:
        path = _PACKAGE / name
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            digest.update(str(file.relative_to(_PACKAGE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def rendered_module(name: str, source: str, depends: tuple[str, ...] = ()) -> types.ModuleType:
    """The module made of `source`, written to the cache folder so that it can be read, debugged and cached.

    depends: texts (sources of equations outside this package) that name the file together with `source`, so that
    an edit of theirs makes a new module. Written atomically: many processes may render the same one.
    """
    digest = hashlib.blake2b("\0".join((source, *depends)).encode(), digest_size=8).hexdigest()
    qualified = f"simcore_rendered_{name}_{digest}"
    if qualified in sys.modules:
        return sys.modules[qualified]
    path = cache_folder() / "rendered" / f"{qualified}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w") as file:
            file.write(source)
        if path.exists():               # another process was first; keep its file and time stamp
            Path(partial).unlink()
        else:
            Path(partial).replace(path)
    spec = importlib.util.spec_from_file_location(qualified, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[qualified]
        raise
    return module


# --- what Python has no word for: reinterpretations of bits (for strict exp and log), a hint to the memory, a call to C -----

def float_from_bits(bits: int) -> float:
    """The float64 whose bit pattern is the int64 `bits`."""
    return struct.unpack("<d", struct.pack("<q", bits))[0]


def bits_from_float(x: float) -> int:
    """The bit pattern of float64 `x` as int64."""
    return struct.unpack("<q", struct.pack("<d", x))[0]


def prefetch(array: np.ndarray, index: int) -> None:
    """Have array[index] (one dimension) come into the cache: soon needed. Changes no value, and no index is wrong."""


def allgather(function: int, send: np.ndarray, kind: int, receive: np.ndarray, comm: int) -> int:
    """MPI_Allgather, the C function at an address, for int32 arrays: `send` of all ranks to `receive`; its status.

    kind, comm: the handles of the type and of the communicator, uint32 or uint64, whichever the MPI has.
    """
    pointer, handle = ctypes.c_void_p, ctypes.c_uint32 if kind.itemsize == 4 else ctypes.c_uint64
    signature = ctypes.CFUNCTYPE(ctypes.c_int, pointer, ctypes.c_int, handle, pointer, ctypes.c_int, handle, handle)
    call = signature(int(function))
    return call(send.ctypes.data, send.size, int(kind), receive.ctypes.data, send.size, int(kind), int(comm))


def _teach_allgather() -> None:
    """Tell numba how to call the C function of that name."""
    from llvmlite import ir
    from numba import types as nt
    from numba.extending import intrinsic, overload

    @intrinsic
    def call(typingctx, function, send, n, kind, receive, comm):  # noqa: ANN001 - numba's calling convention
        def codegen(context, builder, signature, args):  # noqa: ANN001
            pointer, number, handle = ir.IntType(8).as_pointer(), ir.IntType(32), args[3].type
            sent, received = (builder.bitcast(context.make_array(signature.args[k])(context, builder, args[k]).data, pointer)
                              for k in (1, 4))
            declared = ir.FunctionType(number, [pointer, number, handle, pointer, number, handle, handle]).as_pointer()
            size = builder.trunc(args[2], number)
            return builder.call(builder.inttoptr(args[0], declared), [sent, size, args[3], received, size, args[3], args[5]])
        return nt.int32(nt.int64, send, nt.int64, kind, receive, kind), codegen

    @overload(allgather, jit_options={"error_model": "numpy", "forceinline": True})
    def _(function, send, kind, receive, comm):  # noqa: ANN001
        return lambda function, send, kind, receive, comm: call(function, send, send.size, kind, receive, comm)


def _teach_prefetch(numba: types.ModuleType) -> None:
    """Tell numba that `prefetch` is LLVM's intrinsic of that name: for reading, into the nearest cache."""
    from llvmlite import ir
    from numba import types as nt
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

    @intrinsic
    def ask_for(typingctx, array, index):  # noqa: ANN001 - numba's calling convention
        def codegen(context, builder, signature, args):  # noqa: ANN001
            made = context.make_array(signature.args[0])(context, builder, args[0])
            at = cgutils.get_item_pointer(context, builder, signature.args[0], made, [args[1]])
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(ask, [builder.bitcast(at, byte), number(0), number(3), number(1)])
            return context.get_dummy_value()
        return nt.void(array, nt.intp), codegen

    @overload(prefetch, jit_options={"error_model": "numpy", "forceinline": True})
    def _(array, index):  # noqa: ANN001
        return lambda array, index: ask_for(array, index)


def _teach_bitcasts(numba: types.ModuleType) -> None:
    """Tell numba that both functions above are one LLVM bitcast."""
    from numba import types as nt
    from numba.extending import intrinsic, overload

    @intrinsic
    def as_float(typingctx, bits):  # noqa: ANN001 - numba's calling convention
        def codegen(context, builder, signature, args):  # noqa: ANN001
            return builder.bitcast(args[0], context.get_value_type(nt.float64))
        return nt.float64(nt.int64), codegen

    @intrinsic
    def as_bits(typingctx, x):  # noqa: ANN001
        def codegen(context, builder, signature, args):  # noqa: ANN001
            return builder.bitcast(args[0], context.get_value_type(nt.int64))
        return nt.int64(nt.float64), codegen

    @overload(float_from_bits)
    def _(bits):  # noqa: ANN001
        return lambda bits: as_float(bits)

    @overload(bits_from_float)
    def _(x):  # noqa: ANN001
        return lambda x: as_bits(x)
