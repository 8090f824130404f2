"""pypet.storageservice: storage of trajectories. The file is zarr; the name is kept for programs that import it."""

from simcore.trajectory.service import ZarrStorageService
from simcore.trajectory.service import ZarrStorageService as HDF5StorageService

__all__ = ["HDF5StorageService", "ZarrStorageService"]
