#include "directord.h"

/* In the order of src/kernel/native.ts. */
static const napi_property_descriptor FUNCTIONS[] = {
#define FUNCTION(name, call) {.utf8name = name, .method = call, .attributes = napi_enumerable}
    FUNCTION("now", native_now),
    FUNCTION("socket", native_socket),
    FUNCTION("close", native_close),
    FUNCTION("bind", native_bind),
    FUNCTION("connect", native_connect),
    FUNCTION("localAddress", native_local_address),
    FUNCTION("setOption", native_set_option),
    FUNCTION("getOption", native_get_option),
    FUNCTION("attachFilter", native_attach_filter),
    FUNCTION("send", native_send),
    FUNCTION("sendMany", native_send_many),
    FUNCTION("receive", native_receive),
    FUNCTION("receiveMany", native_receive_many),
    FUNCTION("age", native_age),
    FUNCTION("poll", native_poll),
    FUNCTION("timer", native_timer),
    FUNCTION("beats", native_beats),
    FUNCTION("prober", native_prober),
    FUNCTION("transact", native_transact),
    FUNCTION("worker", native_worker),
    FUNCTION("interfaceIndex", native_interface_index),
    FUNCTION("peerCredentials", native_peer_credentials),
    FUNCTION("datagram", native_datagram),
    FUNCTION("pidfdOpen", native_pidfd_open),
    FUNCTION("lock", native_lock),
    FUNCTION("closeOnExecAll", native_close_on_exec_all),
    FUNCTION("shortSlice", native_short_slice),
    FUNCTION("renounceRealtime", native_renounce_realtime),
    FUNCTION("clearAmbientCapabilities", native_clear_ambient),
#undef FUNCTION
};

NAPI_MODULE_INIT() {
  napi_define_properties(env, exports, sizeof FUNCTIONS / sizeof FUNCTIONS[0], FUNCTIONS);
  return exports;
}
