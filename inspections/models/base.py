"""What every model with an identity that people see has in common."""

import uuid

from django.db import models


class Identified(models.Model):
    """A row whose id is a random UUID, so that no id tells how many rows there are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Versioned(Identified):
    """A row that people change: ``version`` goes up with each change and travels as the ETag."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
