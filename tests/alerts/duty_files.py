"""The two files that say who is on call and how they are reached, and the settings that name them."""

ROTA = """
rotas:
  riga:
    time_zone: UTC
    stores: [riga-1]
    last_resort: [owner]
    shifts:
      - people: [anna, boris]
"""
PEOPLE = """
people:
  anna: {reach: [{apprise: "json://127.0.0.1:%(chat)d/"}, {email: anna@example.org}]}
  boris: {reach: [{email: boris@example.org}]}
  owner: {reach: [{email: owner@example.org}]}
"""


def files(path, rota, people, smtp_port=25) -> dict[str, str]:
    """Write them, and return the settings, with a mail server on this machine."""
    (path / "rotas.yaml").write_text(rota)
    (path / "people.yaml").write_text(people)
    return {
        "rota_file": str(path / "rotas.yaml"),
        "people_file": str(path / "people.yaml"),
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp_port),
        "smtp_security": "none",
        "email_from": "touchline@example.org",
    }
