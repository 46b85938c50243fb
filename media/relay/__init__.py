"""The relay of media: it passes sound and picture on between two browsers, packet by packet.

It knows no database, no HTTP and no rules of talks; `media.relay.relay` is what others use.
"""
