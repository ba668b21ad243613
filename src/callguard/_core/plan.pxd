cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from callguard._core cimport native

@cython.final
cdef class Plan:
    cdef object _arrays, _held
    cdef const uint16_t* _output
    cdef const uint16_t* _child
    cdef const uint16_t* _wide
    cdef const uint16_t* _american
    cdef const uint8_t* _narrow
    cdef const uint8_t* _tens
    cdef const uint16_t* _kinds

    @cython.locals(block=uint64_t, found=int64_t)
    cpdef inline int64_t leaf(self, uint64_t n) noexcept nogil
    @cython.locals(i=int64_t)
    cdef void leaves(self, const int64_t* numbers, int64_t* leaves, int64_t size) noexcept nogil
    cpdef int64_t place(self, int64_t n) noexcept nogil
    @cython.locals(block=int64_t, found=int64_t)
    cdef inline int64_t _find(self, int64_t n) noexcept nogil
    @cython.locals(state=int64_t, backwards=int64_t)
    cpdef int64_t walk(self, int64_t n) noexcept nogil
    @cython.locals(kind=int64_t)
    cdef inline int64_t _chinese(self, uint64_t i) noexcept nogil
    @cython.locals(kinds=native.to_short_pointer, narrow=native.to_octet_pointer, tens=native.to_octet_pointer,
                   known=int64_t, kind=int64_t, i=int64_t)
    cdef _fold(self, int64_t count)
