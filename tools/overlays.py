"""Which North American area codes share their territory: each row, codes that directly overlay one another.

Read by hand from the numbering administrations' announcements (NANPA, the Canadian Numbering Administrator), to 2026. A code that
overlays two neighbours (778 over 604 and 250) stands in a row with each, since the neighbours do not overlay one another:
what one row says is not passed on to the next. Codes in one row have the union of their zones; codes announced and not yet
in service do no harm. Islands' and whole states' rows are kept though their zones agree, so that a later split is seen.
"""

from __future__ import annotations

ROWS = """
201 551 | 202 771 | 203 475 | 205 659 | 206 564 | 253 564 | 360 564 | 425 564 | 208 986 | 209 350 | 210 726 | 212 646 332 917
718 347 929 917 | 213 323 738 | 214 469 972 945 | 215 267 445 | 217 447 | 220 740 | 223 717 | 227 240 301 | 234 330 | 248 947
256 938 | 270 364 | 272 570 | 274 920 | 279 916 | 281 346 713 832 621 | 303 720 983 | 304 681 | 305 786 645 | 309 861 | 310 424
312 872 | 773 872 | 313 679 | 314 557 | 315 680 | 317 463 | 318 457 | 321 407 689 | 324 904 | 326 937 | 327 870 | 329 845 | 331 630
334 483 | 336 743 | 339 781 | 341 510 | 351 978 | 353 608 | 357 559 | 363 516 | 369 707 | 380 614 | 385 801 | 402 531
404 470 678 943 | 770 470 678 943 | 405 572 | 408 669 | 410 443 667 | 412 878 | 724 878 | 415 628 | 419 567 | 423 729 | 430 903
436 440 | 442 760 | 448 850 | 458 541 | 464 708 | 471 662 | 472 910 | 480 602 623 | 484 610 835 | 503 971 | 507 924 | 508 774
512 737 | 513 283 | 518 838 | 530 837 | 534 715 | 539 918 | 540 826 | 561 728 | 571 703 | 573 235 | 582 814 | 601 769 | 609 640
615 629 | 617 857 | 618 730 | 619 858 | 624 716 | 631 934 | 656 813 | 657 714 | 682 817 | 686 804 | 702 725 | 704 980
706 762 | 732 848 | 747 818 | 748 970 | 754 954 | 757 948 | 779 815 | 803 839 | 805 820 | 812 930 | 816 975 | 821 864 | 840 909
843 854 | 847 224 | 860 959 | 862 973 | 912 565 | 919 984 | 787 939 | 809 829 849 | 658 876
204 431 584 | 226 519 548 382 | 249 705 683 | 289 365 905 742 | 306 474 639 | 343 613 753 | 367 418 581 | 368 403 587 825
368 780 587 825 | 416 437 647 942 | 428 506 | 438 514 263 | 450 579 354 | 468 819 873 | 604 236 257 672 778 | 250 236 257 672 778
709 879 | 782 902
"""

PARTNERS: dict[str, frozenset[str]] = {}
for _row in ROWS.replace("\n", "|").split("|"):
    for _code in _row.split():
        PARTNERS[_code] = PARTNERS.get(_code, frozenset()) | (frozenset(_row.split()) - {_code})
