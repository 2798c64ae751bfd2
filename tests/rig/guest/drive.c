/* A drive with a cache of its own, which a power cut empties: preloaded into User-Mode Linux, which
 * serves its disk from a process that reads requests from a pipe and answers them by pwrite64
 * (arch/um/drivers/ubd_kern.c of Linux 6.1).
 *
 * Whatever is written to the file DRIVE since the guest last had the drive flush is noted in the file
 * DRIVE_CACHE before, with what it replaces: (offset, length, bytes) after one another. After the cut,
 * which comes before write number DRIVE_WRITES if there is such a number, tests/support/drive lets each
 * block have any of what it held since. System calls are made directly, since the process that writes
 * has no thread of libc's. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST = 1 << 20 };

static struct {
    uint64_t offset, length;
    char replaced[LONGEST];
} note;

/* As the requests begin. One without parts is a flush, and Linux 6.1 forgets it: its loop over the
 * parts is where it would call fsync. */
struct request {
    void *request;
    int files[2];
    unsigned long offsets[2];
    unsigned long long offset;
    int sector_size, error, parts;
};

static struct stat drive;
static int cache = -1;
static long writer, writes_left;

__attribute__((constructor)) static void begin(void) {
    const char *image = getenv("DRIVE"), *noted = getenv("DRIVE_CACHE"), *most = getenv("DRIVE_WRITES");
    if (!image || !noted || stat(image, &drive))
        return;
    writes_left = most ? atol(most) : 0;
    cache = open(noted, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_drive(int file) {
    struct stat status;
    return cache >= 0 && !fstat(file, &status) && status.st_dev == drive.st_dev &&
           status.st_ino == drive.st_ino;
}

static void flush(void) {
    if (syscall(SYS_ftruncate, cache, 0))
        abort();
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    if (is_drive(file)) {
        writer = syscall(SYS_gettid);
        if (length > LONGEST || syscall(SYS_pread64, file, note.replaced, length, offset) < 0)
            abort();
        note.offset = (uint64_t)offset;
        note.length = length;
        size_t size = sizeof note - LONGEST + length;
        if (syscall(SYS_write, cache, &note, size) != (ssize_t)size)
            abort();
        if (writes_left && --writes_left == 0)
            syscall(SYS_kill, 0, SIGKILL); /* all of the kernel's processes */
    }
    return syscall(SYS_pwrite64, file, bytes, length, offset);
}

/* What is read together was asked for before any of it was answered: a flush among it is for what
 * came before all of it. */
ssize_t read(int file, void *bytes, size_t length) {
    ssize_t size = syscall(SYS_read, file, bytes, length);
    if (!writer || size <= 0 || writer != syscall(SYS_gettid))
        return size;
    struct request **requests = bytes;
    for (size_t i = 0; i < (size_t)size / sizeof *requests; i++)
        if (requests[i]->parts == 0)
            flush();
    return size;
}
