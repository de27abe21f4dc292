from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "quintet.directory"
    verbose_name = "名录"
    append_only = ("directory_historicalmembership", "directory_historicalshareholding", "directory_historicalkinship")
    never_deleted = ("directory_membership", "directory_shareholding", "directory_kinship")
