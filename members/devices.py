"""Describe a browser in plain words, from what it says about itself."""

# The first that fits wins: a browser that is built on another names both.
SYSTEMS = (
    ("HarmonyOS", "鸿蒙设备"),
    ("OpenHarmony", "鸿蒙设备"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓设备"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("QQ/", "QQ"),
    ("UCBrowser", "UC 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
PHONES = ("HarmonyOS", "OpenHarmony", "iPhone", "iPad", "Android", "Mobile")


def describe_device(user_agent: str) -> str:
    """Return "Windows 上的 Chrome", or what of it is known; a browser can claim to be another."""
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    if system and browser:
        return f"{system} 上的 {browser}" if system[-1].isascii() else f"{system}上的 {browser}"
    return system or browser or "未知设备"


def is_phone(user_agent: str) -> bool:
    """Return whether the browser says that it runs on a phone or a tablet."""
    return any(mark in user_agent for mark in PHONES)
