cimport cython
from libc.stdint cimport int64_t, uint64_t
from callguard._core cimport native
from callguard._core.delta cimport Delta
from callguard._core.plan cimport Plan
from callguard._core.trie cimport Trie

@cython.final
cdef class Cell:
    cdef readonly int64_t since, until
    cdef readonly object answer, law
    cdef readonly bint final

@cython.final
cdef class Pulse:
    cdef public double deadline
    cdef object _held
    cdef int64_t* tail
    cpdef int64_t last(self) noexcept
    cpdef void publish(self, int64_t number) noexcept

@cython.final
cdef class Known:
    cdef readonly Pulse pulse
    cdef readonly Delta delta
    cdef public int64_t applied
    cdef public bint sound

@cython.final
cdef class Table:
    cdef public list cells
    cdef public object clock, counted, on_list, refused, renew
    cdef readonly Plan plan
    cdef readonly Trie trie
    cdef readonly Known known
    cdef readonly int64_t listed, further, refusals, unsure, national, low, high
    cdef readonly bint long_way, coarse

    @cython.locals(n=int64_t)
    cpdef int64_t number(self, object callee) noexcept
    @cython.locals(found=int64_t)
    cpdef int64_t marked(self, int64_t n) noexcept
    @cython.locals(n=int64_t)
    cdef answer(self, object callee)
    @cython.locals(leaf=int64_t, marked=int64_t, cell=Cell, second=int64_t, now=double, table=Table)
    cpdef ready(self, int64_t n)

cdef class Line:
    cdef public Table table
    cdef public object further

@cython.locals(answer=object)
cdef object ask(Line line, object callee)
ctypedef object (*line_asker)(Line, object)
cdef line_asker alone

cdef class Desk:
    cdef dict _lines
    cdef public object open_line

    @cython.locals(lines=dict, line=Line, answer=object)
    cdef asked(self, object callee, object caller, object campaign, object at, object place)
