"""`touchline grade`: forecasts and alerts beside what customers said afterwards."""
