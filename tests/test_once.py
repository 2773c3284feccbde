import threading
import time

from seqcli.decoding.once import Once


def test_one_of_several_threads_makes_the_value():
    made, found = [], []

    def make():
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    once = Once(make)
    threads = [threading.Thread(target=lambda: found.append(once())) for _ in range(4)]
    assert not made
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert found == made * 4
