"""Translate a text file with Spark, on one machine or a cluster.

    spark-submit translate_with_spark.py MODEL LINES OUT

LINES has a sentence a line. OUT is a folder, to which each task writes text files with as many
lines, in the same order. MODEL must have the same path on every machine.
"""

import sys
from functools import cache, partial

from pyspark.sql import SparkSession

import seqcli

BATCH = 1024


@cache
def translator(model):
    """The translator of a Python worker, which Spark keeps for many tasks: it is opened once."""
    return seqcli.load(model, threads=1)


def translate(model, rows):
    """The translations of a partition, batch after batch."""
    batch = []
    for row in rows:
        batch.append(row.value)
        if len(batch) == BATCH:
            yield from _texts(model, batch)
            batch = []
    if batch:
        yield from _texts(model, batch)


def _texts(model, batch):
    for translation in translator(model).translate_batch(batch):
        yield (translation.text,)


def main(model, lines, out):
    spark = SparkSession.builder.appName("seqcli").getOrCreate()
    # The workers import this file as a module, so that `translator` stays theirs between tasks.
    spark.sparkContext.addPyFile(__file__)
    from translate_with_spark import translate  # noqa: PLC0415

    rows = spark.read.text(lines).rdd
    translated = rows.mapPartitions(partial(translate, model))
    translated.toDF(["value"]).write.text(out)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
