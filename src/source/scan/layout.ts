/**
 * How the scanner's memory is laid out: compiled into the scanner (assembly/scanner/) and into what calls it.
 *
 * All are bytes from where the thing begins.
 */

// a job, u32 each but for `NUMBER`
/** First byte to scan; afterwards the first one not scanned, a row's start. */
export const NEXT = 0;
/** After the last byte; 64 bytes more must be there, of which 16 are overwritten. */
export const END = 4;
/** Line of the next byte, from 1. */
export const LINE = 8;
/** Where the next row goes; afterwards after the last row written. */
export const ROW = 12;
/** Rows that there is room for. */
export const ROWS = 16;
/** Address of the numbers, f64 (blocks x d x 32). */
export const X = 20;
/** Address of the codes, i32 (blocks x k x 32), -1 where missing. */
export const CODES = 24;
/** Address of the target's codes, f64 (blocks x 32), -1 where missing. */
export const Y = 28;
/** Address of the row weights, f64 (blocks x 32); 0 for none. */
export const C = 32;
/** Lines on which rows start, u32 (rows). */
export const LINES = 36;
/** Missing cells of each row, u32 (rows). */
export const MISSING_CELLS = 40;
export const D = 44;
export const K = 48;
export const DELIMITER = 52;
/** Address of the columns, and after the last. */
export const COLUMNS = 56;
export const COLUMNS_END = 60;
/** Address of doubles that mean a missing cell, and their count. */
export const NUMBERS = 64;
export const NUMBERS_COUNT = 68;
/** A table of texts that mean one. */
export const WORDS = 72;
/** Tables of numbers. */
export const TABLES = 76;
/** Missing cells in all rows written; the caller sets it to 0. */
export const ALL_MISSING = 80;
/** Bytes for one text, and after them. */
export const SCRATCH = 84;
export const SCRATCH_END = 88;
/** 1 after a quoted cell with doubled quotes. */
export const DOUBLED = 92;
/** A number, f64. */
export const NUMBER = 96;
/** Address of the table that has no room. */
export const FULL_TEXTS = 104;
/** What may stand between groups of digits, an ASCII character; 0 for nothing. */
export const THOUSANDS = 108;
/** Where a number is written without them: `DIGITS_BYTES`. */
export const DIGITS = 112;
/** Missing cells of the row that was read last. */
export const ROW_MISSING = 116;
/** Where cells end, u32 each: `MARKS_BYTES`. */
export const MARKS = 120;
/** Whether quotes were met when these were found. */
export const HAS_QUOTES = 124;
export const JOB_BYTES = 128;
export const DIGITS_BYTES = 272;

/** Bytes whose cells are found at once: together with all that comes of them they stay in the first cache. */
export const MARK_SPAN = 8192;
/** For as many marks as bytes, and for what is written past them. */
export const MARKS_BYTES = 4 * (MARK_SPAN + 4);

// a column: u32 but for `PIVOT`, an f64
export const KIND = 0;
/** Of its first cell in a block, in bytes. */
export const PLACE = 4;
export const PIVOT = 8;
/** Table of a factor's or the target's texts. */
export const TEXTS = 16;
/** From a column of numbers or of a factor on, how many there are side by side that can be read at once. */
export const RUN = 20;
export const COLUMN_BYTES = 32;

// kinds of columns; 0 is left out
export const NUMERIC = 1;
export const WEIGHT = 2;
export const FACTOR = 3;
export const TARGET = 4;

// why a scan ended
export const DONE = 0;
export const FULL = 1;
export const ROW_NOT_PLAIN = 2;
export const TEXTS_FULL = 3;

// what is known of quotes up to some byte: any of the first three, or the last
/** The next byte is within quotes. */
export const WITHIN = 1;
/** The byte was the end of a cell, or a quote. */
export const AFTER_END = 2;
/** It was a quote that closes a cell, or the first of two. */
export const AFTER_CLOSING = 4;
/** A quote stands where none may. */
export const OUT_OF_ORDER = 8;

// a table of texts, u32 each
export const MASK = 0;
export const SLOTS = 4;
export const ENTRIES = 8;
export const ROOM = 12;
export const FIRST_ENTRY = 16;
export const TEXTS_END = 20;
export const TEXTS_LIMIT = 24;
export const NEXT_CODE = 28;
/** Bytes of the newest room for texts; the scanner does not look at it. */
export const TEXT_BYTES = 32;
/** Cells of up to `RECENT_WIDTH` bytes met of late, as they stand there: these, how many (u32), and their code. */
export const RECENT = 64;
export const RECENT_BYTES = 32;
export const RECENT_WIDTH = 16;
/** The logarithm of how many there are. */
export const RECENT_BITS = 7;
export const TEXTS_HEADER_BYTES = RECENT + (RECENT_BYTES << RECENT_BITS);
/** An entry: hash, length, address and code, u32 each. */
export const ENTRY_BYTES = 16;

// tables of numbers: whole powers of ten, powers of ten as doubles; for registers of 16 bytes what keeps their last
// bytes, what takes the point out, and the powers of ten to divide by; 128 bits of powers of five
export const INTEGER_POWERS = 20;
export const DOUBLE_POWERS = 23;
export const DOUBLES = 160;
/** 16 zeros, and 16 bytes of ones. */
export const LAST_BYTES = 352;
/** For each count of decimals, and for 16 where there is no point, the places that the other bytes come from. */
export const POINT_SHUFFLES = 384;
/** For each of them the power of ten, and what it is to a negative number: f64 both. */
export const DIVISORS = 656;
// registers that every number needs: to load one is less than to make it
/** The digit 0 sixteen times, and 9. */
export const ZEROS = 928;
export const NINES = 944;
/** What makes numbers of two, four and eight digits of those of half as many. */
export const TO_PAIRS = 960;
export const TO_FOURS = 976;
export const TO_EIGHTS = 992;
export const POWERS = 1008;
export const LEAST_POWER = -342;
export const GREATEST_POWER = 308;
