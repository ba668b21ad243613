cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from callguard._core cimport native
from callguard._core.delta cimport Slots
from callguard._core.line cimport Table
from callguard._core.plan cimport Plan
from callguard._core.trie cimport Trie

@cython.final
cdef class Sweep:
    cdef Table _table
    cdef Plan _plan
    cdef Trie _trie
    cdef Slots _slots
    cdef bint _listing, _changed, _honoured
    cdef list _spare
    cdef const uint8_t* _memory
    cdef int64_t _low, _high, _national
    cdef int64_t _listed, _further, _refusals, _unsure
    cdef object _held
    cdef uint8_t* _codes
    cdef uint8_t* _by_leaf
    cdef const int64_t* _values
    cdef const uint8_t* _data
    cdef const uint32_t* _short_ends
    cdef const int64_t* _long_ends
    cdef int64_t _wide
    cdef public int64_t on_list, refused

    @cython.locals(size=int64_t, i=int64_t, numbers=native.to_long_pointer, rows=native.to_long_pointer, state=native.state_pointer)
    cpdef run(self, int64_t start, int64_t stop)
    @cython.locals(heaps=native.to_long_pointer, sizes=native.to_long_pointer, rest=native.to_long_pointer, state=native.state_pointer,
                   end=int64_t, i=int64_t, n=int64_t, shelf=uint64_t, heap=uint64_t, size=int64_t)
    cdef _in_heaps(self, int64_t start, int64_t stop)
    @cython.locals(tags=native.to_long_pointer, rest=native.to_long_pointer, i=int64_t, tag=int64_t, shelves=int64_t, done=int64_t,
                   count=int64_t, n=uint64_t)
    cdef void _heap(self, int64_t* heap, int64_t size, int64_t which, int64_t* scratch, int64_t start) noexcept nogil
    @cython.locals(tags=native.to_long_pointer, spots=native.to_long_pointer, runs=native.to_long_pointer, lines=native.to_long_pointer,
                   odd=native.to_long_pointer, leaves=native.to_long_pointer, run=int64_t, line=int64_t, odds=int64_t, i=int64_t, n=uint64_t, tag=int64_t, kept=uint64_t,
                   low=uint32_t, j=uint32_t, spot=int64_t, code=int64_t, on=int64_t, at=int64_t, word=uint64_t, found=int64_t,
                   looked=bint, codes=native.to_octet_pointer)
    cdef void _part(self, int64_t* heap, int64_t size, int64_t which, int64_t* scratch, int64_t start) noexcept nogil
    @cython.locals(record=int64_t, j=int64_t, leaf=int64_t)
    cdef void _unfold(self, int64_t shelf, int64_t* spots, int64_t* leaves) noexcept nogil
    @cython.locals(i=int64_t)
    cdef inline bint _near(self, int64_t block) noexcept nogil
    @cython.locals(n=int64_t, first=int64_t, size=int64_t)
    cdef inline int64_t _number(self, int64_t i) noexcept nogil
    @cython.locals(leaf=int64_t, marked=int64_t)
    cdef int64_t _code(self, int64_t n) noexcept
    @cython.locals(leaf=int64_t, shelf=int64_t)
    cdef int64_t _one(self, int64_t n) noexcept nogil
    @cython.locals(found=int64_t)
    cdef inline int64_t _told(self, int64_t n, int64_t leaf, int64_t shelf, bint stands) noexcept nogil
    @cython.locals(shelves=native.to_long_pointer, spots=native.to_long_pointer, leaves=native.to_long_pointer, i=int64_t)
    cdef void _group(self, int64_t* numbers, int64_t* rows, int64_t size, int64_t* scratch, int64_t start) noexcept nogil

@cython.locals(count=int64_t, out=native.to_long_pointer, i=int64_t, n=int64_t)
cpdef bytearray numbers_of(Table table, list callees)
