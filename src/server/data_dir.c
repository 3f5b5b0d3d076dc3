#include "server/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static enum im_err failed(const char *what, const char *path)
{
    log_error("cannot %s %s: %s", what, path, strerror(errno));
    return IM_ERR_IO;
}

static enum im_err make_dir(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return IM_OK;
    return failed("create", path);
}

static enum im_err sync_parent(const char *path)
{
    char parent[DATA_DIR_PATH_MAX + 32];
    char *slash;
    int fd;

    snprintf(parent, sizeof(parent), "%s", path);
    slash = strrchr(parent, '/');
    if (!slash)
        snprintf(parent, sizeof(parent), ".");
    else
        slash[slash == parent] = '\0';
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed("open", parent);
    fsync(fd);
    close(fd);
    return IM_OK;
}

enum im_err file_write_atomic(const char *path, const char *text)
{
    char temporary[DATA_DIR_PATH_MAX + 32];
    size_t n = strlen(text);
    bool written;
    int fd;

    snprintf(temporary, sizeof(temporary), "%s.new", path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed("write", temporary);
    written = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    close(fd);
    if (!written || rename(temporary, path) != 0)
        return failed("write", path);
    return sync_parent(path);
}

/* True if there is nothing in it but a lock file of a start that got no further. */
static bool is_empty(const char *path)
{
    const struct dirent *entry;
    DIR *dir = opendir(path);
    bool empty = dir != NULL;

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, "lock") != 0 && strcmp(entry->d_name, "VERSION.new") != 0)
            empty = false;
    }
    if (dir)
        closedir(dir);
    return empty;
}

static enum im_err check_version(const char *path)
{
    char file[DATA_DIR_PATH_MAX + 16], text[64] = "";
    FILE *in;

    snprintf(file, sizeof(file), "%s/VERSION", path);
    in = fopen(file, "re");
    if (!in) {
        if (errno != ENOENT)
            return failed("read", file);
        if (is_empty(path))
            return file_write_atomic(file, DATA_DIR_VERSION "\n");
        log_error("%s is not empty and holds no VERSION file: not a data directory of magpie",
                  path);
        return IM_ERR_EXISTS;
    }
    if (!fgets(text, sizeof(text), in))
        text[0] = '\0';
    fclose(in);
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, DATA_DIR_VERSION) == 0)
        return IM_OK;
    log_error("%s holds \"%s\"; this version reads \"%s\"", file, text, DATA_DIR_VERSION);
    return IM_ERR_VERSION;
}

static enum im_err take_lock(const char *path, int *ret_fd)
{
    char file[DATA_DIR_PATH_MAX + 16], pid[32] = "";
    int fd;

    snprintf(file, sizeof(file), "%s/lock", path);
    fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed("open", file);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

        pid[n > 0 ? n : 0] = '\0';
        pid[strcspn(pid, "\n")] = '\0';
        log_error("another server uses %s (pid %s)", path, pid);
        close(fd);
        return IM_ERR_LOCKED;
    }
    snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, strlen(pid), 0) < 0) {
        close(fd);
        return failed("write", file);
    }
    *ret_fd = fd;
    return IM_OK;
}

static bool is_foreign(const char *path)
{
    char file[DATA_DIR_PATH_MAX + 16];

    snprintf(file, sizeof(file), "%s/VERSION", path);
    return access(file, F_OK) != 0 && !is_empty(path);
}

enum im_err data_dir_open(const char *path, struct data_dir *ret_dir)
{
    struct data_dir *dir = ret_dir;
    enum im_err err;

    if (strlen(path) >= DATA_DIR_PATH_MAX) {
        log_error("the path of the data directory is too long");
        return IM_ERR_INVALID;
    }
    err = make_dir(path);
    /* Before the lock, so that nothing is written into somebody else's directory. */
    if (!err && is_foreign(path))
        return check_version(path);
    if (!err)
        err = take_lock(path, &dir->lock_fd);
    if (err)
        return err;
    snprintf(dir->journal, sizeof(dir->journal), "%s/journal", path);
    snprintf(dir->state, sizeof(dir->state), "%s/state", path);
    snprintf(dir->admin_socket, sizeof(dir->admin_socket), "%s/admin.sock", path);
    err = check_version(path);
    if (!err)
        err = make_dir(dir->journal);
    if (!err)
        err = make_dir(dir->state);
    if (err)
        data_dir_release(dir);
    return err;
}

void data_dir_release(struct data_dir *dir)
{
    close(dir->lock_fd);
    dir->lock_fd = -1;
}
