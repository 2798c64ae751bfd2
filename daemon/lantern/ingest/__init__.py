"""From files on a disk to described, searchable photos.

`watch` hints, `scan` is the authority, `reconcile` brings the catalog in line with the disk,
`describe` gives each new file to a worker, `publish` sends what changed to the index. `ignore`,
`settle` and `guard` decide and are pure.
"""
