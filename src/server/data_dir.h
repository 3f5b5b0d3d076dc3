/*
 * The data directory: DIR/VERSION ("magpie data 1"), DIR/lock (flock, the server's pid),
 * DIR/journal/, DIR/state/, DIR/admin.sock. Mode 0700.
 */
#ifndef SERVER_DATA_DIR_H
#define SERVER_DATA_DIR_H

#include "base/err.h"

#define DATA_DIR_VERSION "magpie data 1"
#define DATA_DIR_PATH_MAX 3072

struct data_dir {
    int lock_fd;
    char journal[DATA_DIR_PATH_MAX + 16];
    char state[DATA_DIR_PATH_MAX + 16];
    char admin_socket[DATA_DIR_PATH_MAX + 16];
};

/*
 * Creates the directory if it does not exist, locks it, checks its version. One log line says why
 * not: IM_ERR_LOCKED another server uses it; IM_ERR_VERSION another format; IM_ERR_EXISTS not
 * empty and not Magpie's; IM_ERR_IO, IM_ERR_INVALID. Release with data_dir_release.
 */
enum im_err data_dir_open(const char *path, struct data_dir *ret_dir);
void data_dir_release(struct data_dir *dir);

/* Writes a file as a whole: another name, fsync, rename. IM_ERR_IO: logged. */
enum im_err file_write_atomic(const char *path, const char *text);

#endif
