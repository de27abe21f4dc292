from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "quintet.directory"
    verbose_name = "名录"
    append_only = ("directory_personaldatalook",)
    never_deleted = (
        "directory_membership",
        "directory_registerduty",
        "directory_shareholding",
        "directory_kinship",
        "directory_furtheraccount",
    )
