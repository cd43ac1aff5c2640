/** Of one rules file, and of one file of params. */
export const RULES_FILE_BYTES_MAX = 1_048_576;

/** Rules of one file. */
export const RULES_MAX = 200;

/** Named expressions of one file. */
export const VARIABLES_MAX = 64;

/** How often the file is looked at. */
export const REREAD_MS = 5_000;

/** What one rule may take for one write; then the thread that evaluates it is ended. Time without a processor does not count. */
export const EVALUATION_TIMEOUT_MS = 100;

/** What one rule may take by the clock, on a machine that hardly lets this process run. */
export const EVALUATION_CLOCK_MS_MAX = 1_000;

/** What all rules together may take for one write, with new threads that they need; what was not judged by then counts as an error. */
export const REQUEST_TIMEOUT_MS = 2_000;

/** How long a new thread may take to load the rules. */
export const THREAD_START_TIMEOUT_MS = 10_000;

/** Memory of each of the two threads that evaluate; beyond it the thread ends, and a new one is started. */
export const THREAD_MEMORY_MIB_MAX = 96;

/** Writes that wait for one of the threads; further ones are answered 503. */
export const QUEUE_REQUESTS_MAX = 256;

/** What a write may wait for the writes before it; one that would wait longer is answered 503. With its own time less than safety's 5 s. */
export const QUEUE_WAIT_MS_MAX = 2_000;

/** When a write that found no place may come again. */
export const QUEUE_RETRY_SECONDS = 1;
