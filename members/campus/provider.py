"""Where allauth looks for the providers of an installed app."""

from members.campus.central import CASProvider

provider_classes = [CASProvider]
