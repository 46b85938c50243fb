"""How baresip is set up for a trunk."""

from baresip import Account, Config

from telephone.trunk.terms import TrunkTerms

LOG_LEVEL = "error"


def config_of(terms: TrunkTerms) -> Config:
    """Return the whole stack's settings."""
    lines = [
        f"sip_listen {terms.listen}",
        f"rtp_ports {terms.ports[0]}-{terms.ports[1]}",
        "audio_jitter_buffer_type fixed",
        "audio_jitter_buffer_ms 40-100",
        "audio_buffer 20-120",
        # Without these two baresip takes any certificate.
        "sip_verify_server yes",
        f"sip_cafile {terms.certificates}",
        f"sip_transports {terms.transport}",
    ]
    if terms.register_seconds:
        # Whoever doesn't know the address that we registered finds nobody.
        lines.append("sip_cuser_random yes")
    return Config(
        net_interface=terms.address,
        max_concurrent_calls=terms.lines,
        rtp_timeout=terms.silence_seconds,
        native_log_level=LOG_LEVEL,
        extra_config_text="\n".join(lines) + "\n",
    )


def account_of(terms: TrunkTerms, user: str, register_seconds: int) -> Account:
    """Return the settings of one of our numbers, which registers itself, or doesn't (0)."""
    # With a video codec allowed, baresip re-INVITEs each call right after it was answered.
    more = ["100rel=yes", "video_codecs=none"]
    if terms.srtp:
        more.append("mediaenc=srtp-mand")
    if terms.stun:
        more += ["medianat=stun", f"stunserver={terms.stun}"]
    return Account(
        user,
        terms.server,
        terms.password,
        reg_interval=register_seconds,
        transport=terms.transport,
        auth_user=terms.user,
        dtmf_mode="rtpevent",
        extra_params=tuple(more),
    )
