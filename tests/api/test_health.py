"""Alive, ready, and what was counted."""

from tests.api.conftest import Service


def test_the_service_says_that_it_lives_and_is_ready_to_everybody(service: Service) -> None:
    for path in ("/healthz", "/readyz"):
        answer = service.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_figures_are_the_administrators(service: Service) -> None:
    service.call("accountant", "GET", "/books")
    assert service.client.get("/metrics").status_code == 401
    refused = service.client.get("/metrics", headers={"Authorization": "Bearer token-of-accountant"})
    assert refused.status_code == 403
    shown = service.client.get("/metrics", headers={"Authorization": "Bearer token-of-administrator"})
    assert 'lianjian_requests_total{method="GET",route="/api/v1/books",status="200"} 1.0' in shown.text
    assert "lianjian_writer_waiting 0.0" in shown.text
