/*
 * `ringside exits FILE`: the table of exits of a trace.
 */
#ifndef CLI_EXITS_FILE_H
#define CLI_EXITS_FILE_H

/* Which of the arguments names a trace: the first that is no option, if only options that a file
 * has use for stand before it; else argc. */
int exits_file_argument(int argc, char *const *argv);

/* Prints the table of trace argv[file]; the rest are options. Returns the process status. */
int exits_of_file(int argc, char *const *argv, int file);

#endif
