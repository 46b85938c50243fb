"""WebRTC on the server: ICE servers and TURN credentials."""
