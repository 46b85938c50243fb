"""Why a photo is not taken, in words for whoever sent it."""

from foundation.errors import UserError
from foundation.language import N_


def too_small(least: int) -> UserError:
    """Return the refusal of a photo with a side of less than `least` pixels."""
    return UserError(
        "photo_too_small",
        N_("写真が小さすぎます。縦も横も%(least)sピクセル以上のものにしてください。"),
        status=422,
        least=least,
    )


def too_narrow(most: int) -> UserError:
    """Return the refusal of a photo whose long side is more than `most` times its short one."""
    return UserError(
        "photo_too_narrow",
        N_("写真が細長すぎます。長い辺が短い辺の%(most)s倍までのものにしてください。"),
        status=422,
        most=most,
    )


def cut_off() -> UserError:
    """Return the refusal of a photo whose lower part never came."""
    return UserError(
        "photo_unreadable",
        N_("この写真はデータが途中で切れています。元の写真を選びなおしてください。"),
        status=422,
    )


def too_large(most: int) -> UserError:
    """Return the refusal of a photo of more than `most` pixels."""
    return UserError(
        "photo_too_large",
        N_("写真が大きすぎます。%(most)sメガピクセルまでにしてください。"),
        status=422,
        most=most // 1_000_000,
    )


def unreadable() -> UserError:
    """Return the refusal of what is no photo."""
    return UserError(
        "photo_unreadable",
        N_("この写真は読み取れませんでした。JPEG、PNG、WebPの写真を選んでください。"),
        status=422,
    )


def heif() -> UserError:
    """Return the refusal of a kind that is read by nobody but phones."""
    return UserError(
        "photo_heif",
        N_(
            "HEICやAVIFの写真は、このブラウザーでは使えません。iPhoneなら「設定」→「カメラ」→「フォーマット」で"
            "「互換性優先」を選んで撮るか、JPEGに変換してから選んでください。"
        ),
        status=422,
    )


def crowded() -> UserError:
    """Return the refusal of one more photo while too many are drawn."""
    return UserError(
        "photos_crowded",
        N_("写真の処理が混み合っています。少し待ってからお試しください。"),
        status=503,
    )
