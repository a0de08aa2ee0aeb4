"""Tests of the conformance table and its runners."""
