"""The backup that proves itself: a job of its own, and the daemon that raises the alarm.

The *job* (`lantern backup`, a unit and a user of its own) copies catalog, captions, configuration
consistently (`staging`), has borgmatic drive Borg with a configuration of its own (`plan`,
`borgmatic`), takes photos out again and compares them (`drill`), and leaves a report in a folder
(`spool`). The *daemon* reads that folder (`watch`), keeps the reports in the catalog, and says what
is wrong (`alarm`), above all when no report came. Nothing is asked the other way: either works
though the other is down. `restore` is for the day on which there is nothing else.
"""
