"""The registry over HTTP: listening, routes, requests read, steps taken once however often they are asked for."""
