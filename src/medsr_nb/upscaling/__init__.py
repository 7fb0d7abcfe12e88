"""My own scan, enlarged by three: read in its own numbers, written as the same kind of file.

Read ``scan`` first: what a scan is, and how one is read and written. ``pictures``, ``tiff``,
``dicom`` (with ``dicom_writing``) and ``nifti`` do so for one kind of file each.
"""
