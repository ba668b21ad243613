cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t
from callguard._core cimport native

@cython.final
cdef class Masks:
    cdef tuple _held
    cdef int64_t* _masks
    cdef uint16_t* _places
    cdef readonly int64_t count

    @cython.locals(i=int64_t)
    cdef int64_t place(self, int64_t mask) noexcept
    @cython.locals(i=int64_t)
    cdef int64_t _find(self, int64_t mask) noexcept
    cpdef memory(self)

@cython.final
cdef class Slots:
    cdef int64_t* _words
    cdef int64_t* _masks
    cdef const uint8_t* _octets
    cdef uint8_t* _bits
    cdef int64_t _size, _shift
    cdef readonly Masks sorts
    cdef readonly int64_t used
    cdef tuple _held

    @cython.locals(i=int64_t)
    cpdef int64_t get(self, int64_t n) noexcept nogil
    @cython.locals(word=int64_t)
    cdef inline int64_t mask_at(self, int64_t i, int64_t n) noexcept nogil
    @cython.locals(i=int64_t)
    cdef inline int64_t find(self, int64_t n) noexcept nogil
    cpdef bint put(self, int64_t n, int64_t mask) noexcept
    @cython.locals(word=int64_t, place=int64_t)
    cdef bint write(self, int64_t i, int64_t n, int64_t mask) noexcept
    @cython.locals(i=int64_t, before=int64_t)
    cdef bint add(self, int64_t n, int64_t mask) noexcept
    cdef inline void fetch(self, int64_t n) noexcept nogil
    cdef bint has_room(self, int64_t more) noexcept
    @cython.locals(i=int64_t, word=int64_t, n=int64_t, at=int64_t)
    cpdef void copy(self, Slots other) noexcept nogil
    @cython.locals(i=int64_t)
    cdef inline void _look_for(self, int64_t n) noexcept nogil
    cpdef int64_t size(self) noexcept
    cpdef memory(self)
    @cython.locals(i=int64_t, n=int64_t)
    cpdef list items(self)

@cython.final
cdef class Delta:
    cdef readonly Slots slots
    cdef readonly bint changed
    cdef dict _known
    cpdef int64_t get(self, int64_t n) noexcept
    cpdef put(self, int64_t n, int64_t mask)
    @cython.locals(count=int64_t, held=bytearray, values=native.to_long_pointer, numbers=native.to_long_pointer,
                   masks=native.to_long_pointer, kinds=native.to_long_pointer, kind_bits=native.to_long_pointer, kind=int64_t, mask=int64_t, bit=int64_t, note=str, limit=int64_t, checked=int64_t, check=int64_t, size=int64_t,
                   i=int64_t, n=int64_t, row=tuple, text=object)
    cpdef int64_t fill(self, list rows, dict bits, object apart=*, int64_t start=*, int64_t first=*) except -1
    @cython.locals(found=native.long_pointer, count=int64_t, start=int64_t, size=int64_t, i=int64_t, n=int64_t)
    cpdef count(self, object numbers)
    cdef void _add(self, int64_t n, int64_t mask) except *
    cpdef reserve(self, int64_t count)
    cdef void _make_room(self, int64_t more) except *
    @cython.locals(slots=Slots)
    cdef void _widen(self, int64_t n, int64_t mask) except *
    @cython.locals(slots=Slots, sorts=Masks, state=native.state_pointer)
    cdef Slots _copied(self, int64_t size, bint wide)
    cpdef begin(self, Slots slots)
    @cython.locals(slots=Slots, narrow=Slots)
    cpdef Slots table(self)

cdef Slots _empty(int64_t size)
@cython.locals(size=int64_t)
cdef int64_t _size_for(int64_t count) noexcept
