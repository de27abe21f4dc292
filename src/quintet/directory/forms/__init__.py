from quintet.directory.forms.fields import OrganisationField, PersonField, YuanField
from quintet.directory.forms.records import RecordForm

__all__ = ["OrganisationField", "PersonField", "RecordForm", "YuanField"]
