cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from callguard._core cimport native

@cython.final
cdef class Trie:
    cdef const uint32_t* _root
    cdef const uint32_t* _nodes
    cdef const uint8_t* _records
    cdef const uint8_t* _lines
    cdef const uint16_t* _runs
    cdef uint64_t _node_count, _group_count
    cdef int64_t _line_count, _slot_count
    cdef readonly int64_t width
    cdef readonly int64_t planes
    cdef object _held
    cdef dict _recent

    @cython.locals(q=uint64_t, group=uint64_t, high=uint64_t, node=uint64_t, shelf=uint64_t)
    cdef inline int64_t shelf(self, uint64_t n) noexcept nogil

    @cython.locals(i=int64_t)
    cdef void shelves(self, const int64_t* numbers, int64_t* shelves, int64_t size) noexcept nogil
    @cython.locals(i=int64_t, record=native.octet_pointer, place=int64_t)
    cdef void places(self, const int64_t* numbers, const int64_t* shelves, int64_t* places, int64_t size) noexcept nogil
    @cython.locals(i=int64_t)
    cdef void stand(self, int64_t* places, int64_t size) noexcept nogil
    @cython.locals(at=native.octet_pointer)
    cdef inline bint holds(self, int64_t record, int64_t n) noexcept nogil

    @cython.locals(shelf=int64_t)
    cpdef uint64_t mask(self, int64_t n) noexcept

    @cython.locals(found=uint64_t, bit=uint64_t, plane=int64_t)
    cdef inline uint64_t planes_of(self, int64_t shelf, int64_t n) noexcept nogil

    cdef inline int64_t _first_slot(self, int64_t record) noexcept nogil
    cdef inline int64_t _first_line(self, int64_t record) noexcept nogil

    @cython.locals(codes=native.octet_pointer, slot=int64_t, line=int64_t, count=int64_t, j=int64_t, code=int64_t)
    cdef int64_t _write(self, int64_t record, int64_t start, int64_t* out) noexcept nogil
    @cython.locals(i=int64_t, lines=int64_t)
    cdef int64_t _write_block(self, int64_t code, int64_t slot, int64_t line, int64_t start, int64_t* out, int64_t count) noexcept nogil
    @cython.locals(i=int64_t, bits=uint64_t, before=int64_t, width=int64_t, head=int64_t, which=int64_t, first=int64_t, last=int64_t,
                   bucket=int64_t)
    cdef int64_t _write_lines(self, const uint8_t* block, int64_t lines, int64_t start, int64_t* out, int64_t count) noexcept nogil
    @cython.locals(i=int64_t)
    cdef int64_t _write_all(self, int64_t start, int64_t* out, int64_t count) noexcept nogil
