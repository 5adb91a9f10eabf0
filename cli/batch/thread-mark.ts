/** Variable of the environment that a thread is started with: it tells the program to serve instead of reading its command line. */
export const THREAD_MARK = "VARSCOPE_THREAD";
