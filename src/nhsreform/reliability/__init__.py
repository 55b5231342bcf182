"""How far two codings of the same sentences agree."""
