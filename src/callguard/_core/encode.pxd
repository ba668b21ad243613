cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t
from callguard._core cimport native

@cython.final
cdef class Encoder:
    cdef readonly int64_t planes, width, numbers
    cdef readonly list counts
    cdef object _line_sink, _run_sink, _root, _nodes, _held
    cdef bytearray _records
    cdef uint8_t* _lines
    cdef uint16_t* _runs
    cdef uint16_t* _lows
    cdef int64_t _line, _slot, _line_fill, _run_fill, _group, _last

    @cython.locals(a=native.long_pointer, b=native.long_pointer, out=native.to_long_pointer, i=int64_t, k=int64_t, size=int64_t)
    cdef int64_t _merge(self, object one, int64_t ones, object other, int64_t others, object both) except -1
    @cython.locals(values=native.long_pointer, out=native.to_octet_pointer, lows=native.to_short_pointer, k=int64_t, j=int64_t,
                   start=int64_t, size=int64_t, low=int64_t)
    cdef int64_t _write(self, object numbers, int64_t count, int64_t i, int64_t block, object records, int64_t at) except -1
    @cython.locals(lows=native.to_short_pointer, out=native.to_octet_pointer, i=int64_t, lines=int64_t, at=int64_t)
    cdef int64_t _block(self, int64_t size) noexcept
    @cython.locals(lows=native.to_short_pointer, width=int64_t, room=int64_t, i=int64_t, which=int64_t, first=int64_t)
    cdef bint _fits(self, int64_t lines, int64_t size) noexcept
    @cython.locals(lows=native.to_short_pointer, out=native.to_octet_pointer, width=int64_t, head=int64_t, i=int64_t, which=int64_t,
                   at=int64_t, start=int64_t, count=int64_t, bucket=int64_t, stop=int64_t)
    cdef void _bytes(self, int64_t lines, int64_t size) noexcept
