cimport cython
from libc.stdint cimport int64_t, uint8_t
from callguard._core cimport native

@cython.final
cdef class Slots:
    cdef int64_t* _numbers
    cdef int64_t* _masks
    cdef uint8_t* _bits
    cdef int64_t _size, _shift
    cdef readonly int64_t used
    cdef object _held

    @cython.locals(i=int64_t)
    cpdef int64_t get(self, int64_t n) noexcept nogil
    @cython.locals(i=int64_t)
    cdef int64_t find(self, int64_t n) noexcept nogil
    @cython.locals(i=int64_t)
    cpdef void put(self, int64_t n, int64_t mask) noexcept
    cpdef int64_t size(self) noexcept
    @cython.locals(i=int64_t)
    cpdef list items(self)

@cython.final
cdef class Delta:
    cdef readonly Slots slots
    cdef readonly bint changed
    cdef dict _known
    cpdef int64_t get(self, int64_t n) noexcept
    @cython.locals(slots=Slots)
    cpdef put(self, int64_t n, int64_t mask)
