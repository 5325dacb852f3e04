"""Servers that speak the API of OpenAI: llama-server, vLLM, Ollama, LM Studio and others.

What a server says is from outside: all of it is bounded, looked at, and a typed error if it is not
what the API promises. httpx2 and stamina are imported when one is spoken to, never before.
"""
