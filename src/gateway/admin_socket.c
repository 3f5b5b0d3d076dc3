#include "gateway/admin_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "gateway/gateway_internal.h"

enum im_err admin_bind(struct gateway *gateway, const char *path)
{
    mode_t mask;
    int err;

    unlink(path);
    uv_pipe_init(&gateway->loop, &gateway->admin, 0);
    gateway->admin.data = gateway;
    gateway->admin_open = true;
    mask = umask(0177);
    err = uv_pipe_bind(&gateway->admin, path);
    umask(mask);
    if (err) {
        log_error("cannot bind the admin socket %s: %s", path, uv_strerror(err));
        return IM_ERR_IO;
    }
    return IM_OK;
}

bool admin_peer_allowed(uv_pipe_t *pipe)
{
    struct ucred peer;
    socklen_t n = sizeof(peer);
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    if (peer.uid == geteuid() || peer.uid == 0)
        return true;
    log_warn("admin socket: user %u was refused", (unsigned)peer.uid);
    return false;
}
