# cython: language_level=3, binding=False, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""What the machine can do at all: an empty compiled call, one access to memory, a gather; and stamps around single calls.

Ticks are the processor's time-stamp counter, read in order: what stands before a stamp has ended when it is taken.
"""

from cpython.object cimport PyObject
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint64_t


cdef extern from *:
    """
    #include <fcntl.h>
    #include <stdint.h>
    #include <sys/mman.h>
    #include <sys/stat.h>
    #include <time.h>
    #include <unistd.h>

    #if defined(__x86_64__)
    #include <x86intrin.h>
    #define FLOORS_COUNTER "time-stamp counter"
    static inline uint64_t floors_stamp(void) {
        uint64_t ticks;
        _mm_lfence();
        ticks = __rdtsc();
        _mm_lfence();
        return ticks;
    }
    #else
    #define FLOORS_COUNTER "monotonic clock"
    static inline uint64_t floors_stamp(void) {
        struct timespec now;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        clock_gettime(CLOCK_MONOTONIC, &now);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    #endif

    #define FLOORS_HIDE(p) __asm__ volatile("" : "+r"(p) : : "memory")
    #define FLOORS_PREFETCH(p) __builtin_prefetch((p), 0, 3)

    #ifndef MADV_HUGEPAGE
    #define MADV_HUGEPAGE 0
    #define MADV_NOHUGEPAGE 0
    #endif
    #ifndef MAP_NORESERVE
    #define MAP_NORESERVE 0
    #endif

    static char *floors_anonymous(size_t length, int huge) {
        size_t border = (size_t)2 << 20;
        char *found = mmap(0, length + border, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
        if (found == MAP_FAILED) return 0;
        char *aligned = (char *)(((uintptr_t)found + border - 1) & ~(uintptr_t)(border - 1));
        if (aligned > found) munmap(found, (size_t)(aligned - found));
        munmap(aligned + length, (size_t)(found + border - aligned));
        madvise(aligned, length, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        return aligned;
    }

    static char *floors_file(const char *path, size_t *length) {
        struct stat about;
        char *found;
        int descriptor = open(path, O_RDONLY);
        if (descriptor < 0) return 0;
        if (fstat(descriptor, &about) != 0 || about.st_size == 0) { close(descriptor); return 0; }
        *length = (size_t)about.st_size;
        found = mmap(0, *length, PROT_READ, MAP_SHARED, descriptor, 0);
        close(descriptor);
        return found == MAP_FAILED ? 0 : found;
    }
    static void floors_release(char *start, size_t length) { munmap(start, length); }

    static inline void floors_touch(PyObject *key) {
        const volatile char *head = (const volatile char *)key;
        (void)head[0];
        if (PyUnicode_Check(key) && PyUnicode_IS_COMPACT_ASCII(key)) {
            const volatile char *text = (const volatile char *)PyUnicode_DATA(key);
            (void)text[PyUnicode_GET_LENGTH(key)];
        }
    }
    """
    const char *FLOORS_COUNTER
    uint64_t floors_stamp() noexcept nogil
    void FLOORS_HIDE(char *p) noexcept nogil
    void FLOORS_PREFETCH(const char *p) noexcept nogil
    char *floors_anonymous(size_t length, int huge) noexcept nogil
    char *floors_file(const char *path, size_t *length) noexcept nogil
    void floors_release(char *start, size_t length) noexcept nogil
    void floors_touch(PyObject *key) noexcept

cdef extern from "Python.h":
    int PySequence_Contains(PyObject *container, PyObject *key) except -1
    PyObject *PyObject_CallOneArg(PyObject *function, PyObject *argument) except NULL
    PyObject *PyList_GET_ITEM(PyObject *keys, Py_ssize_t i) noexcept
    void Py_DECREF(PyObject *thing) noexcept

COUNTER = FLOORS_COUNTER.decode()


cdef class Empty:
    """Methods that do nothing: the least that calling compiled code costs."""

    def one(self, callee):
        """Take one argument, and return at once."""
        return None

    def keywords(self, callee, *, caller, campaign):
        """Take one argument and two keywords, and return at once."""
        return None


def fence(thing):
    """Wait until all that was begun has ended."""
    floors_stamp()


def stamp():
    """Return the counter, in ticks."""
    return floors_stamp()


def stamp_calls(function, list keys, int64_t[::1] ticks):
    """Call `function` with each key, and put the ticks that each call took beside it; the key's own text is read beforehand."""
    cdef Py_ssize_t i
    cdef uint64_t begun
    cdef PyObject *key
    cdef PyObject *answer
    cdef PyObject *called = <PyObject *>function
    if ticks.shape[0] < len(keys):
        raise ValueError("fewer ticks than keys")
    for i in range(len(keys)):
        key = PyList_GET_ITEM(<PyObject *>keys, i)
        floors_touch(key)
        begun = floors_stamp()
        answer = PyObject_CallOneArg(called, key)
        ticks[i] = <int64_t>(floors_stamp() - begun)
        Py_DECREF(answer)


def stamp_members(container, list keys, int64_t[::1] ticks):
    """Look whether `container` has each key, without a call in Python, and put the ticks that each look took beside it."""
    cdef Py_ssize_t i
    cdef uint64_t begun
    cdef PyObject *key
    cdef PyObject *asked = <PyObject *>container
    if ticks.shape[0] < len(keys):
        raise ValueError("fewer ticks than keys")
    for i in range(len(keys)):
        key = PyList_GET_ITEM(<PyObject *>keys, i)
        floors_touch(key)
        begun = floors_stamp()
        PySequence_Contains(asked, key)
        ticks[i] = <int64_t>(floors_stamp() - begun)


def stamp_nothing(int64_t[::1] ticks):
    """Put the ticks of an empty stretch between two stamps into each place: what stamping itself costs."""
    cdef Py_ssize_t i
    cdef uint64_t begun
    for i in range(ticks.shape[0]):
        begun = floors_stamp()
        ticks[i] = <int64_t>(floors_stamp() - begun)


cdef class Memory:
    """A stretch of memory to be chased through: anonymous, with huge pages or without, or a file's mapping."""

    cdef char *start
    cdef readonly size_t length

    def __cinit__(self):
        self.start = NULL

    def __dealloc__(self):
        if self.start is not NULL:
            floors_release(self.start, self.length)

    @staticmethod
    def anonymous(size_t length, bint huge):
        """Return memory of `length` bytes; `huge` asks for huge pages, else they are refused."""
        cdef Memory made = Memory()
        made.length = length
        made.start = floors_anonymous(length, huge)
        if made.start is NULL:
            raise MemoryError(f"no {length} bytes")
        return made

    @staticmethod
    def mapped(str path):
        """Return a file, mapped read-only and shared, as an index is."""
        cdef Memory made = Memory()
        cdef bytes name = path.encode()
        made.start = floors_file(name, &made.length)
        if made.start is NULL:
            raise OSError(f"`{path}` cannot be mapped")
        return made

    @property
    def address(self):
        """Where it begins, to be found in /proc/self/smaps."""
        return <size_t>self.start

    def fill(self, const uint8_t[::1] source):
        """Copy bytes into anonymous memory."""
        cdef size_t i
        if <size_t>source.shape[0] > self.length:
            raise ValueError("more bytes than memory")
        with nogil:
            for i in range(<size_t>source.shape[0]):
                self.start[i] = <char>source[i]

    def touch(self):
        """Read a byte of each 4,096, so that every page is there; return their sum."""
        cdef size_t at
        cdef uint64_t found = 0
        with nogil:
            for at in range(0, self.length, 4096):
                found += <uint8_t>self.start[at]
        return found

    def chase(self, size_t at, Py_ssize_t steps):
        """Follow `steps` offsets, each found where the last one led; return where it ended, and the ticks it took."""
        cdef Py_ssize_t i
        cdef uint64_t begun
        cdef uint64_t took
        with nogil:
            begun = floors_stamp()
            for i in range(steps):
                at = (<size_t *>(self.start + at))[0]
            took = floors_stamp() - begun
        return at, took

    def chase_each(self, size_t at, int64_t[::1] ticks):
        """Do the same one by one, with a stamp around each access; return where it ended."""
        cdef Py_ssize_t i
        cdef uint64_t begun
        cdef char *place
        with nogil:
            for i in range(ticks.shape[0]):
                place = self.start + at
                begun = floors_stamp()
                FLOORS_HIDE(place)
                at = (<size_t *>place)[0]
                ticks[i] = <int64_t>(floors_stamp() - begun)
        return at

    def gather(self, const int64_t[::1] offsets, uint8_t[::1] out, Py_ssize_t group):
        """Read the byte at each offset into `out`, `group` of them on the way at a time; other threads run meanwhile."""
        cdef Py_ssize_t i = 0
        cdef Py_ssize_t j
        cdef Py_ssize_t count = offsets.shape[0]
        cdef Py_ssize_t end
        if out.shape[0] < count or group < 1:
            raise ValueError("`out` is shorter than `offsets`, or no group")
        with nogil:
            while i < count:
                end = min(i + group, count)
                for j in range(i, end):
                    FLOORS_PREFETCH(self.start + offsets[j])
                for j in range(i, end):
                    out[j] = <uint8_t>self.start[offsets[j]]
                i = end
