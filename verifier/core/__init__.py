"""The ground floor: types, errors, time and chance. Imports nothing of the house."""
