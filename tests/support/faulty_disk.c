/* A disk that fails: LD_PRELOAD this, and calls on chosen paths return an error by chance.
 *
 * FAULTY_DISK names a file that is mapped by every process and written by the test: see
 * faulty_disk.py, which has the same struct. Calls on other paths, and all while `error` is 0, go
 * through. Memory maps are not concerned.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { TO_READ = 1, TO_WRITE = 2, READ = 4, WRITE = 8, SYNC = 16, NAME = 32, LOOK = 64 };

struct faults {
    volatile int32_t error;  /* 0: all is well */
    uint32_t calls;          /* which: a sum of the above */
    uint32_t one_in;         /* this many calls fails */
    uint32_t seed;
    volatile uint32_t met;   /* calls that might have failed */
    volatile uint32_t failed;
    char prefix[1000];       /* of the paths */
};

static struct faults *faults;

__attribute__((constructor)) static void begin(void)
{
    const char *place = getenv("FAULTY_DISK");
    int file = place ? syscall(SYS_openat, AT_FDCWD, place, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        faults = mapped;
    close(file);
}

static int is_drawn(uint32_t number)
{
    uint64_t z = ((uint64_t)faults->seed << 32 | number) + 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % faults->one_in == 0;
}

static int fails(const char *path)
{
    int error = faults->error;
    if (!error || strncmp(path, faults->prefix, strlen(faults->prefix)))
        return 0;
    if (!is_drawn(__sync_fetch_and_add(&faults->met, 1)))
        return 0;
    __sync_fetch_and_add(&faults->failed, 1);
    errno = error;
    return 1;
}

static int concerns(int call)
{
    return faults && faults->error && (faults->calls & call);
}

static int path_of(int descriptor, char *path, size_t size)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

static int fails_fd(int call, int descriptor)
{
    char path[4200];
    return concerns(call) && path_of(descriptor, path, sizeof path) && fails(path);
}

static int fails_at(int call, int folder, const char *name)
{
    char path[8400] = "";
    if (!concerns(call) || !name)
        return 0;
    if (name[0] != '/') {
        if (folder == AT_FDCWD ? !getcwd(path, 4200) : !path_of(folder, path, 4200))
            return 0;
        strcat(path, "/");
    }
    strncat(path, name, 4100);
    return fails(path);
}

#define NEXT(name) static __typeof__(name) *next; if (!next) next = dlsym(RTLD_NEXT, #name)

static int opening(int flags)
{
    return flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) ? TO_WRITE : TO_READ;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); \
    }

#define OPEN(name) int name(const char *path, int flags, ...) \
{ NEXT(name); MODE(flags) return fails_at(opening(flags), AT_FDCWD, path) ? -1 : next(path, flags, mode); }
OPEN(open)
OPEN(open64)

#define OPENAT(name) int name(int folder, const char *path, int flags, ...) \
{ NEXT(name); MODE(flags) return fails_at(opening(flags), folder, path) ? -1 : next(folder, path, flags, mode); }
OPENAT(openat)
OPENAT(openat64)

DIR *opendir(const char *path) { NEXT(opendir); return fails_at(READ, AT_FDCWD, path) ? NULL : next(path); }
DIR *fdopendir(int fd) { NEXT(fdopendir); return fails_fd(READ, fd) ? NULL : next(fd); }

#define ON_FD(call, name, type, params, args) type name params \
{ NEXT(name); return fails_fd(call, fd) ? -1 : next args; }
ON_FD(READ, read, ssize_t, (int fd, void *to, size_t n), (fd, to, n))
ON_FD(READ, pread, ssize_t, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
ON_FD(READ, pread64, ssize_t, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
ON_FD(WRITE, write, ssize_t, (int fd, const void *from, size_t n), (fd, from, n))
ON_FD(WRITE, writev, ssize_t, (int fd, const struct iovec *from, int n), (fd, from, n))
ON_FD(WRITE, pwrite, ssize_t, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
ON_FD(WRITE, pwrite64, ssize_t, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
ON_FD(WRITE, ftruncate, int, (int fd, off_t to), (fd, to))
ON_FD(WRITE, ftruncate64, int, (int fd, off64_t to), (fd, to))
ON_FD(WRITE, fallocate, int, (int fd, int how, off_t at, off_t n), (fd, how, at, n))
ON_FD(SYNC, fsync, int, (int fd), (fd))
ON_FD(SYNC, fdatasync, int, (int fd), (fd))

#define ON_PATH(call, name, folder, path, params, args) int name params \
{ NEXT(name); return fails_at(call, folder, path) ? -1 : next args; }
ON_PATH(NAME, rename, AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(NAME, renameat, there, to, (int here, const char *from, int there, const char *to), (here, from, there, to))
ON_PATH(NAME, unlink, AT_FDCWD, path, (const char *path), (path))
ON_PATH(NAME, unlinkat, folder, path, (int folder, const char *path, int flags), (folder, path, flags))
ON_PATH(NAME, mkdir, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(NAME, mkdirat, folder, path, (int folder, const char *path, mode_t mode), (folder, path, mode))
ON_PATH(NAME, rmdir, AT_FDCWD, path, (const char *path), (path))
ON_PATH(NAME, chmod, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(LOOK, stat, AT_FDCWD, path, (const char *path, struct stat *to), (path, to))
ON_PATH(LOOK, stat64, AT_FDCWD, path, (const char *path, struct stat64 *to), (path, to))
ON_PATH(LOOK, lstat, AT_FDCWD, path, (const char *path, struct stat *to), (path, to))
ON_PATH(LOOK, lstat64, AT_FDCWD, path, (const char *path, struct stat64 *to), (path, to))
ON_PATH(LOOK, fstatat, folder, path, (int folder, const char *path, struct stat *to, int flags), (folder, path, to, flags))
ON_PATH(LOOK, fstatat64, folder, path, (int folder, const char *path, struct stat64 *to, int flags), (folder, path, to, flags))
