/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/pcapfile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

#define SNAP_LEN 262144

struct pcap_file {
    pcap_t *pcap;
    pcap_dumper_t *dumper; /* NULL when reading. */
};

static int
fail(struct pcap_file *f, char **error, const char *path, const char *why,
     int err)
{
    if (error) {
        *error = xasprintf("%s: %s", path, why);
    }
    pcap_file_close(&f);
    return err;
}

int
pcap_file_open_read(const char *path, struct pcap_file **out, char **error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    struct pcap_file *f = xzalloc(sizeof *f);
    *out = NULL;
    if (error) {
        *error = NULL;
    }
    bool is_stdin = !strcmp(path, "-");
    FILE *stream = is_stdin ? stdin : fopen(path, "re");
    if (!stream) {
        int err = errno;
        return fail(f, error, path, log_strerror(err), -err);
    }
    f->pcap = pcap_fopen_offline(stream, why);
    if (!f->pcap) {
        if (!is_stdin) {
            fclose(stream);
        }
        return fail(f, error, path, why, -EINVAL);
    }
    if (pcap_datalink(f->pcap) != DLT_EN10MB) {
        return fail(f, error, path, "not a capture of Ethernet frames",
                    -EINVAL);
    }
    *out = f;
    return 0;
}

int
pcap_file_open_write(const char *path, bool append, struct pcap_file **out,
                     char **error)
{
    struct pcap_file *f = xzalloc(sizeof *f);
    *out = NULL;
    if (error) {
        *error = NULL;
    }
    f->pcap = pcap_open_dead(DLT_EN10MB, SNAP_LEN);
    if (!f->pcap) {
        return fail(f, error, path, "out of memory", -ENOMEM);
    }
    errno = 0;
    f->dumper = append && !access(path, F_OK)
                    ? pcap_dump_open_append(f->pcap, path)
                    : pcap_dump_open(f->pcap, path);
    if (!f->dumper) {
        int err = errno ? errno : EINVAL;
        return fail(f, error, path, pcap_geterr(f->pcap), -err);
    }
    *out = f;
    return 0;
}

void
pcap_file_close(struct pcap_file **fp)
{
    struct pcap_file *f = *fp;
    if (f) {
        *fp = NULL;
        if (f->dumper) {
            pcap_dump_close(f->dumper);
        }
        if (f->pcap) {
            pcap_close(f->pcap);
        }
        free(f);
    }
}

int
pcap_file_read(struct pcap_file *f, const uint8_t **data, size_t *len,
               int64_t *wall_us)
{
    struct pcap_pkthdr *header;
    int ret = f->dumper ? -1 : pcap_next_ex(f->pcap, &header, data);
    if (ret == -2) {
        return 0;
    }
    if (ret != 1) {
        return -EIO;
    }
    *len = header->caplen;
    if (wall_us) {
        *wall_us = (int64_t)header->ts.tv_sec * 1000000
                   + header->ts.tv_usec;
    }
    return 1;
}

int
pcap_file_write(struct pcap_file *f, const void *data, size_t len,
                int64_t wall_us)
{
    struct pcap_pkthdr header = {
        .ts = { .tv_sec = (time_t)(wall_us / 1000000),
                .tv_usec = (suseconds_t)(wall_us % 1000000) },
        .caplen = (bpf_u_int32)MIN(len, SNAP_LEN),
        .len = (bpf_u_int32)len,
    };
    if (!f->dumper) {
        return -EBADF;
    }
    pcap_dump((u_char *)f->dumper, &header, data);
    return ferror(pcap_dump_file(f->dumper)) ? -EIO : 0;
}

int
pcap_file_flush(struct pcap_file *f)
{
    return f->dumper && pcap_dump_flush(f->dumper) ? -EIO : 0;
}
