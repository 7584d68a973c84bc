"""What each node's copy of the settings is worth: while it hears the others, everything; cut off, nothing."""

import clients
from cluster import set_up_cluster, until


def test_a_node_that_has_lost_sight_of_the_others_lets_nobody_in_on_its_own_word(tmp_path):
    with set_up_cluster(tmp_path, top="rpc_ping_timeout_msec = 2000") as cluster:
        network, last = cluster.network, cluster.nodes[2]
        listing = clients.boto(last).list_buckets
        until(lambda: clients.outcome_of(listing) == "done", "the copy is known to be good")

        for peer in cluster.nodes[:2]:
            network.misdirect(last.space, peer.address)
        cluster.nodes[0].cli("key", "delete", "--yes", last.access_key)
        until(lambda: clients.outcome_of(listing) == "ServiceUnavailable", "the node notices that it is alone", 60)
        for _ in range(3):
            assert clients.outcome_of(listing) == "ServiceUnavailable"

        for peer in cluster.nodes[:2]:
            network.direct(last.space, peer.address)
        cluster.wait_for_all()
        until(lambda: clients.outcome_of(listing) == "InvalidAccessKeyId", "the key is known to be gone")
