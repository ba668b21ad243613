# What Python cannot say of memory and time, in C; native.py is the same, interpreted.
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #include <time.h>
    #if defined(__SSE2__) || defined(_M_X64)
    #include <emmintrin.h>
    #define CG_SSE2 1
    #endif

    #if defined(__GNUC__) || defined(__clang__)
    #define CG_PREFETCH(p) __builtin_prefetch((p), 0, 3)
    #else
    #define CG_PREFETCH(p) ((void)(p))
    #endif

    static inline void cg_prefetch(const uint8_t *at, int64_t i) { CG_PREFETCH(at + i); }

    /* Whole seconds of the wall clock, up to a tick late; `time` reads them without a call into the system where anything does. */
    static inline int64_t cg_seconds(void) { return (int64_t)time(0); }

    static inline uint64_t cg_load8(const char *p) { uint64_t v; memcpy(&v, p, 8); return v; }

    /* Eight digits, a byte each, the first in the lowest. */
    static inline uint64_t cg_value8(uint64_t v) {
        v = v * 2561 >> 8;
        v = (v & 0x00FF00FF00FF00FFULL) * 6553601ULL >> 16;
        return (v & 0x0000FFFF0000FFFFULL) * 42949672960001ULL >> 32;
    }

    /* The value of 8 to 15 ASCII digits at p; -1 where one is no digit. A carry of the test comes only from what is no digit. */
    static inline int64_t cg_value(const char *p, int64_t size) {
        const uint64_t zeros = 0x3030303030303030ULL, beyond = 0x7676767676767676ULL;
        uint64_t low = cg_load8(p + size - 8) ^ zeros, high = (cg_load8(p) ^ zeros) << (int)(15 - size) * 8 << 8;
        if (((low + beyond) | low | (high + beyond) | high) & 0x8080808080808080ULL) return -1;
        return (int64_t)(cg_value8(high) * 100000000ULL + cg_value8(low));
    }

    /* `plain` of native.py, over bytes. */
    static inline int64_t cg_plain(const char *p, int64_t size, int64_t national) {
        int64_t n;
        if (size < 9) return -1;
        if (p[0] == '+') {
            if (size > 16 || p[1] == '0') return -1;
            return cg_value(p + 1, size - 1);
        }
        if (national != 86 || size < 10 || size > 13) return -1;
        if (p[0] == '0') {
            if (size > 12 || p[1] == '0') return -1;
            n = cg_value(p + 1, size - 1);
            if (n < 0) return -1;
            return n + (size == 10 ? 86000000000LL : size == 11 ? 860000000000LL : 8600000000000LL);
        }
        if (size != 11 && size != 13) return -1;
        n = cg_value(p, size);
        if (n < 0) return -1;
        if (size == 13) n -= 8600000000000LL;
        if ((n >= 13000000000LL && n < 17900000000LL) || (n >= 18000000000LL && n < 20000000000LL)) return n + 8600000000000LL;
        return -1;
    }
    static inline int64_t cg_plain_bytes(const uint8_t *p, int64_t size, int64_t national) { return cg_plain((const char *)p, size, national); }
    static inline int64_t cg_plain_text(PyObject *text, int64_t national) {
        if (!PyUnicode_IS_COMPACT_ASCII(text)) return -1;
        return cg_plain((const char *)PyUnicode_DATA(text), (int64_t)PyUnicode_GET_LENGTH(text), national);
    }
    /* `spaced` of native.py. */
    static inline int64_t cg_spaced(const char *p, int64_t size, int64_t national) {
        char digits[24];
        int64_t i, n = 0;
        if (size < 9 || size > 32) return -1;
        for (i = 0; i < size; i++) {
            const char c = p[i];
            if ((c >= '0' && c <= '9') || (c == '+' && !n)) {
                if (n == 16) return -1;
                digits[n++] = c;
            } else if (!(c == ' ' || (c >= 9 && c <= 13) || c == '(' || c == ')' || (c == '-' && n))) return -1;
        }
        return cg_plain(digits, n, national);
    }
    static inline int64_t cg_spaced_bytes(const uint8_t *p, int64_t size, int64_t national) { return cg_spaced((const char *)p, size, national); }
    static inline int64_t cg_spaced_text(PyObject *text, int64_t national) {
        if (!PyUnicode_IS_COMPACT_ASCII(text)) return -1;
        return cg_spaced((const char *)PyUnicode_DATA(text), (int64_t)PyUnicode_GET_LENGTH(text), national);
    }
    static inline int64_t cg_integer(PyObject *value) {
        int overflow = 0;
        long long n;
        if (!PyLong_CheckExact(value)) return -1;
        n = PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow || n <= 0 || n >= 1000000000000000LL ? -1 : (int64_t)n;
    }

    /* `plain` of a list's i-th item, borrowed; -2 where it is no text. `ahead`: an item whose memory is wanted soon. */
    static inline int64_t cg_plain_item(PyObject *items, int64_t i, int64_t ahead, int64_t national) {
        PyObject *item = PyList_GET_ITEM(items, (Py_ssize_t)i);
        CG_PREFETCH(PyList_GET_ITEM(items, (Py_ssize_t)ahead));
        if (!PyUnicode_CheckExact(item)) return -2;
        return cg_plain_text(item, national);
    }

    /* The codes of a record stand behind its first 8 bytes; see trie.py. */
    static inline int64_t cg_runs_before(const uint8_t *record, int64_t j) {
        const uint8_t *codes = record + 8;
    #ifdef CG_SSE2
        const __m128i zero = _mm_setzero_si128(), most = _mm_set1_epi8(33), end = _mm_set1_epi8((char)j);
        __m128i at = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), step = _mm_set1_epi8(16), sum = zero;
        int k;
        for (k = 0; k < 4; k++) {
            __m128i v = k < 3 ? _mm_loadu_si128((const __m128i *)(codes + 16 * k)) : _mm_loadl_epi64((const __m128i *)(codes + 48));
            v = _mm_and_si128(v, _mm_and_si128(_mm_cmpgt_epi8(most, v), _mm_cmpgt_epi8(end, at)));
            sum = _mm_add_epi64(sum, _mm_sad_epu8(v, zero));
            at = _mm_add_epi8(at, step);
        }
        return _mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
    #else
        int64_t i, sum = 0;
        for (i = 0; i < j; i++) sum += codes[i] <= 32 ? codes[i] : 0;
        return sum;
    #endif
    }
    static inline int64_t cg_lines_before(const uint8_t *record, int64_t j) {
        const uint8_t *codes = record + 8;
    #ifdef CG_SSE2
        const __m128i zero = _mm_setzero_si128(), base = _mm_set1_epi8(32), end = _mm_set1_epi8((char)j);
        __m128i at = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), step = _mm_set1_epi8(16), sum = zero;
        int k;
        for (k = 0; k < 4; k++) {
            __m128i v = k < 3 ? _mm_loadu_si128((const __m128i *)(codes + 16 * k)) : _mm_loadl_epi64((const __m128i *)(codes + 48));
            v = _mm_and_si128(_mm_subs_epu8(v, base), _mm_cmpgt_epi8(end, at));
            sum = _mm_add_epi64(sum, _mm_sad_epu8(v, zero));
            at = _mm_add_epi8(at, step);
        }
        return _mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
    #else
        int64_t i, sum = 0;
        for (i = 0; i < j; i++) sum += codes[i] > 32 ? codes[i] - 32 : 0;
        return sum;
    #endif
    }

    /* By the code of a block: the factor that gives the line of a low, >> 26, and how many lows a line has. */
    static const uint32_t CG_FACTOR[64] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        13422, 20129, 26844, 33555, 40258, 46963, 53688, 60350, 67109, 73747, 80467, 87155, 93859, 100613, 107375, 113937, 120700, 127342, 131072};
    static const uint16_t CG_LOWS[64] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        5000, 3334, 2500, 2000, 1667, 1429, 1250, 1112, 1000, 910, 834, 770, 715, 667, 625, 589, 556, 527, 512};
    static inline int64_t cg_lows_by_code(int64_t code) { return CG_LOWS[code & 63]; }

    /* Whether one of `size` slots, at most 32, is `low`; 64 bytes are readable. */
    static inline int cg_in_run(const uint8_t *at, int64_t size, int64_t low) {
    #ifdef CG_SSE2
        const __m128i key = _mm_set1_epi16((short)low), *p = (const __m128i *)at;
        uint64_t a = (uint64_t)_mm_movemask_epi8(_mm_packs_epi16(
            _mm_cmpeq_epi16(_mm_loadu_si128(p), key), _mm_cmpeq_epi16(_mm_loadu_si128(p + 1), key)));
        uint64_t b;
        if (size <= 16) return (a & ((1ULL << size) - 1)) != 0;
        b = (uint64_t)_mm_movemask_epi8(_mm_packs_epi16(
            _mm_cmpeq_epi16(_mm_loadu_si128(p + 2), key), _mm_cmpeq_epi16(_mm_loadu_si128(p + 3), key)));
        return ((a | b << 16) & ((1ULL << size) - 1)) != 0;
    #else
        int64_t i;
        int found = 0;
        for (i = 0; i < size; i++) { uint16_t v; memcpy(&v, at + 2 * i, 2); found |= v == (uint16_t)low; }
        return found;
    #endif
    }
    /* Whether a line of bytes, or of a bitmap, holds what is its `sub`-th low; a line that makes no sense holds it. */
    static inline int cg_on_line(const uint8_t *line, int64_t code, int64_t sub) {
        int64_t bucket = sub >> 8, head = (CG_LOWS[code] + 255) >> 8, from, to;
        uint64_t bits;
        if (code == 52) return line[sub >> 3] >> (sub & 7) & 1;
        from = head + (line[bucket - (bucket != 0)] & -(int64_t)(bucket != 0));
        to = head + line[bucket];
        if (from > to || to > 64) return 1;
        if (from == to) return 0;
    #ifdef CG_SSE2
        {
            const __m128i key = _mm_set1_epi8((char)(sub & 255)), *p = (const __m128i *)line;
            bits = (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p), key))
                | (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 1), key)) << 16
                | (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 2), key)) << 32
                | (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(p + 3), key)) << 48;
        }
        return (bits >> from & (~0ULL >> (64 - (to - from)))) != 0;
    #else
        for (bits = 0; from < to; from++) bits |= line[from] == (uint8_t)(sub & 255);
        return bits != 0;
    #endif
    }

    /* `place` of native.py: a byte of `runs` or `lines` << 20, a low of the run or line << 6, and the code; 0 and -1 as told there. */
    static inline int64_t cg_place(const uint8_t *record, uint64_t n, int64_t line_count, int64_t slot_count) {
        uint64_t q = n / 10000;
        int64_t j = (int64_t)(q % 50), low = (int64_t)(n - q * 10000), code = record[8 + j], at, on;
        if (!code) return 0;
        if (code <= 32) {
            at = (int64_t)(cg_load8((const char *)record + 56) >> 16) + cg_runs_before(record, j);
            return at > slot_count - code ? -1 : at << 21 | low << 6 | code;
        }
        at = (int64_t)(cg_load8((const char *)record) + (uint64_t)cg_lines_before(record, j));
        if (code < 34 || code > 52 || at < 0 || at > line_count - (code - 32)) return -1;
        on = (int64_t)((uint32_t)low * CG_FACTOR[code] >> 26);
        return (at + on) << 26 | (low - on * CG_LOWS[code]) << 6 | code;
    }
    static inline int cg_stands(int64_t place, const uint8_t *lines, const uint16_t *runs) {
        int64_t at = place >> 20, sub = place >> 6 & 0x3FFF, code = place & 63;
        if (place <= 0) return place != 0;
        return code <= 32 ? cg_in_run((const uint8_t *)runs + at, code, sub) : cg_on_line(lines + at, code, sub);
    }
    static inline void cg_fetch(int64_t place, const uint8_t *lines, const uint16_t *runs) {
        int64_t at = place >> 20, code = place & 63;
        if (place <= 0) return;
        if (code > 32) CG_PREFETCH(lines + at);
        else { CG_PREFETCH((const uint8_t *)runs + at); CG_PREFETCH((const uint8_t *)runs + at + 2 * code - 1); }
    }
    static inline int64_t cg_first_bit(uint64_t bits) {
    #if defined(__GNUC__) || defined(__clang__)
        return __builtin_ctzll(bits);
    #else
        int64_t i = 0;
        while (!(bits >> i & 1)) i++;
        return i;
    #endif
    }

    /* Where a buffer's bytes are; the caller keeps what holds them. */
    static inline const void *cg_address(PyObject *held) {
        Py_buffer view;
        const void *at;
        if (PyObject_GetBuffer(held, &view, PyBUF_SIMPLE)) return 0;
        at = view.buf;
        PyBuffer_Release(&view);
        return at;
    }

    static inline int64_t cg_number_at(const uint8_t *at, int64_t i) { int64_t v; memcpy(&v, at + i, 8); return v; }
    static inline const uint8_t *cg_octets_from(const uint8_t *at, int64_t i) { return at + i; }
    static inline int64_t *cg_longs_from(int64_t *at, int64_t i) { return at + i; }

    /* One way in for calls with one argument and no keyword: the generated reading of arguments costs as much as the answer.
       Each module has its own, for one method; a call reads the definition that is exchanged here anew each time. */
    #if defined(CYTHON_COMPILING_IN_CPYTHON) && CYTHON_COMPILING_IN_CPYTHON && CYTHON_VECTORCALL
    typedef PyObject *(*cg_one)(PyObject *, PyObject *);
    typedef PyObject *(*cg_any)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
    static cg_one cg_entry_one;
    static cg_any cg_entry_any;
    static PyObject *cg_entry(PyObject *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
        if (count == 1 && !names) return cg_entry_one(self, arguments[0]);
        return cg_entry_any(self, arguments, count, names);
    }
    static inline int cg_enter(PyObject *type, PyObject *name, void *one) {
        PyObject *method = PyObject_GetAttr(type, name);
        PyMethodDef *definition;
        if (!method) return -1;
        definition = Py_IS_TYPE(method, &PyMethodDescr_Type) ? ((PyMethodDescrObject *)method)->d_method : 0;
        if (definition && definition->ml_flags == (METH_FASTCALL | METH_KEYWORDS) && !cg_entry_any) {
            cg_entry_one = (cg_one)one;
            cg_entry_any = (cg_any)(void (*)(void))definition->ml_meth;
            definition->ml_meth = (PyCFunction)(void (*)(void))cg_entry;
        }
        Py_DECREF(method);
        return 0;
    }
    #else
    static inline int cg_enter(PyObject *type, PyObject *name, void *one) { return 0; }
    #endif

    static inline int64_t cg_slot_of(int64_t n, int64_t shift) { return (int64_t)(((uint64_t)n * 0x9E3779B97F4A7C15ULL) >> shift); }
    static inline int64_t cg_word_of(int64_t n, int64_t place) { return place << 50 | n; }
    static inline int64_t cg_number_in(int64_t word) { return word & 0x3FFFFFFFFFFFFLL; }
    static inline int64_t cg_place_in(int64_t word) { return word >> 50; }
    /* `integers` of native.py. */
    static inline int cg_integers(PyObject *row, int64_t *out) {
        Py_ssize_t size, i, k = 0;
        int overflow = 0, more = 0;
        if (!PyTuple_CheckExact(row)) return 0;
        size = PyTuple_GET_SIZE(row);
        if (size == 5) {
            for (i = 0; i < 5; i++) {
                PyObject *value = PyTuple_GET_ITEM(row, i);
                if (i == 3) continue;
                if (!PyLong_CheckExact(value)) return 0;
                out[i == 0 ? 1 : i == 4 ? 5 : i + 2] = (int64_t)PyLong_AsLongLongAndOverflow(value, &more);
                overflow |= more;
            }
            out[2] = cg_number_in(out[1]);
            out[1] = cg_place_in(out[1]);
            return !overflow;
        }
        if (size != 7 && (size != 8 || PyTuple_GET_ITEM(row, 3) != Py_None)) return 0;
        for (i = 0; i < size; i++) {
            PyObject *value = PyTuple_GET_ITEM(row, i);
            if (i == size - 2 || (i == 3 && size == 8)) continue;
            if (!PyLong_CheckExact(value)) return 0;
            out[k++] = (int64_t)PyLong_AsLongLongAndOverflow(value, &more);
            overflow |= more;
        }
        return !overflow;
    }
    /* `row_check` of native.py. */
    static inline int64_t cg_row_check(const int64_t *values, int64_t check) {
        uint64_t h = (uint64_t)values[0];
        int i;
        for (i = 1; i < 6; i++) {
            h = (h ^ (uint64_t)(i < 5 ? values[i] : check)) * 0x9E3779B97F4A7C15ULL;
            h ^= h >> 29;
        }
        return (int64_t)(h >> 32);
    }

    static inline void cg_publish(int64_t *at, int64_t i, int64_t value) {
    #if defined(__GNUC__) || defined(__clang__)
        __atomic_store_n(at + i, value, __ATOMIC_RELEASE);
    #else
        at[i] = value;
    #endif
    }
    """
    void prefetch "cg_prefetch"(const uint8_t* at, int64_t i) noexcept nogil
    int64_t seconds "cg_seconds"() noexcept nogil
    int64_t plain "cg_plain_text"(object text, int64_t national) noexcept
    int64_t plain_bytes "cg_plain_bytes"(const uint8_t* at, int64_t size, int64_t national) noexcept nogil
    int64_t spaced "cg_spaced_text"(object text, int64_t national) noexcept
    int64_t spaced_bytes "cg_spaced_bytes"(const uint8_t* at, int64_t size, int64_t national) noexcept nogil
    int64_t integer "cg_integer"(object value) noexcept
    int64_t runs_before "cg_runs_before"(const uint8_t* record, int64_t j) noexcept nogil
    int64_t lines_before "cg_lines_before"(const uint8_t* record, int64_t j) noexcept nogil
    int64_t lows_by_code "cg_lows_by_code"(int64_t code) noexcept nogil
    int64_t place "cg_place"(const uint8_t* record, uint64_t n, int64_t line_count, int64_t slot_count) noexcept nogil
    bint stands "cg_stands"(int64_t place, const uint8_t* lines, const uint16_t* runs) noexcept nogil
    void fetch "cg_fetch"(int64_t place, const uint8_t* lines, const uint16_t* runs) noexcept nogil
    int64_t first_bit "cg_first_bit"(uint64_t bits) noexcept nogil
    const uint8_t* octets_from "cg_octets_from"(const uint8_t* at, int64_t i) noexcept nogil
    int64_t plain_item "cg_plain_item"(list items, int64_t i, int64_t ahead, int64_t national) noexcept
    int64_t number_at "cg_number_at"(const uint8_t* at, int64_t i) noexcept nogil
    int64_t* longs_from "cg_longs_from"(int64_t* at, int64_t i) noexcept nogil
    PyThreadState* release "PyEval_SaveThread"() noexcept nogil
    void acquire "PyEval_RestoreThread"(PyThreadState* state) noexcept nogil
    const uint8_t* octets "(const uint8_t *)cg_address"(object held) except? NULL
    const uint16_t* shorts "(const uint16_t *)cg_address"(object held) except? NULL
    const uint32_t* words "(const uint32_t *)cg_address"(object held) except? NULL
    const int64_t* longs "(const int64_t *)cg_address"(object held) except? NULL
    uint8_t* to_octets "(uint8_t *)cg_address"(object held) except? NULL
    uint16_t* to_shorts "(uint16_t *)cg_address"(object held) except? NULL
    int64_t* to_longs "(int64_t *)cg_address"(object held) except? NULL
    int enter "cg_enter"(object type, object name, void* one) except -1
    int64_t word_of "cg_word_of"(int64_t n, int64_t place) noexcept nogil
    int64_t number_in "cg_number_in"(int64_t word) noexcept nogil
    int64_t place_in "cg_place_in"(int64_t word) noexcept nogil
    bint integers "cg_integers"(object row, int64_t* out) noexcept
    int64_t row_check "cg_row_check"(const int64_t* values, int64_t check) noexcept nogil
    int64_t slot_of "cg_slot_of"(int64_t n, int64_t shift) noexcept nogil
    void publish "cg_publish"(int64_t* at, int64_t i, int64_t value) noexcept nogil

ctypedef const uint8_t* octet_pointer
ctypedef const uint16_t* short_pointer
ctypedef const int64_t* long_pointer
ctypedef uint8_t* to_octet_pointer
ctypedef uint16_t* to_short_pointer
ctypedef int64_t* to_long_pointer
ctypedef PyThreadState* state_pointer

cdef enum:
    COMPILED = 1
    LIMIT = 1000000000000000
    SORTS = 8192
    BLOCK = 10000
    BLOCKS = 50
    SHELF = 500000
    GROUP = 10000000
    SHELVES = 20
    RECORD = 64
    LINE = 64
    RUN = 32
    BITMAP = 20
    MIXED = 255
    TOGETHER = 128
    CHINA_FROM = 861300000
    CHINA_TO = 862000000
    AMERICA_BLOCK = 1000000
    AMERICA_FROM = 12000
    AMERICA_TO = 20000
    SHORT = 100000000
    ASK = 0x8000
    WALK = 0xFFFF
